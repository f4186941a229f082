import { requireAbove } from '@lulc/core';
import type { ScaleFactors } from './compound.js';
import { roundFilters, roundRepeats, roundResolution } from './rounding.js';

/** What scaling changes of a network. */
export interface NetworkShape {
  /** Channels of its parts, in any order. */
  readonly widths: readonly number[];
  /** Blocks of its stages. */
  readonly repeats: readonly number[];
  /** Height and width of its input in pixels. */
  readonly inputSize: number;
}

/** How scaled numbers become whole ones. */
export interface RoundingRules {
  /** Channels become multiples of this, see {@link roundFilters}. Default 8. */
  readonly divisor?: number;
  /** The input's size becomes a multiple of this, see {@link roundResolution}. Default 10. */
  readonly resolutionStep?: number;
}

/**
 * Scales the shape of a network of any family: channels by {@link roundFilters}, blocks by {@link roundRepeats}, the input
 * by {@link roundResolution}.
 *
 * @param base the shape at factor 1
 * @param factors what {@link compoundScale} gives, or any others above 0
 * @param rules default multiples of 8 channels and 10 pixels
 * @throws LulcError `invalid-argument` for a factor that is not above 0
 * @example
 * ```ts
 * import { compoundScale, scaleShape } from '@lulc/efficientnet-scaler';
 *
 * const resNet50 = { widths: [64, 128, 256, 512], repeats: [3, 4, 6, 3], inputSize: 120 };
 * const factors = compoundScale({ alpha: 1.2, beta: 1.1, gamma: 1.15, phi: 1 });
 * const { widths, repeats, inputSize } = scaleShape(resNet50, factors);
 * console.log(widths, repeats, inputSize); // [72, 144, 280, 560] [4, 5, 8, 4] 140
 * ```
 */
export function scaleShape(base: NetworkShape, factors: ScaleFactors, rules: RoundingRules = {}): NetworkShape {
  requireAbove(0, { ...factors });
  return {
    widths: base.widths.map((width) => roundFilters(width * factors.width, rules.divisor)),
    repeats: base.repeats.map((count) => roundRepeats(count * factors.depth)),
    inputSize: roundResolution(base.inputSize * factors.resolution, rules.resolutionStep),
  };
}
