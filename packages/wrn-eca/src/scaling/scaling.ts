import {
  benchmarkPresets,
  type CompoundCoefficients,
  compoundScale,
  type EfficientNetSize,
  roundFilters,
  roundResolution,
} from '@lulc/efficientnet-scaler';

/** The scaling coefficients of a wide residual network. */
export type WrnCoefficients = CompoundCoefficients;

/** What coefficients resolve to. */
export interface WrnShape {
  /** Residual blocks per stage. */
  readonly blocksPerStage: number;
  /** Channels of the three stages. */
  readonly widths: readonly [number, number, number];
  /** Height and width of the input in pixels. */
  readonly inputSize: number;
}

/** Named sizes. */
export type WrnPreset = EfficientNetSize;

/**
 * How the depth coefficient acts: `'published'` as in the benchmark's code, which applies it twice and truncates (quirk
 * Q4), or `'once'`: `max(1, round(alpha^phi))` blocks.
 */
export type DepthRule = 'published' | 'once';

/**
 * The preset table (spec 1.4, A): EfficientNet's (width, depth) pairs with the width entry scaling the depth, as in the
 * benchmark's published configuration, which is B4.
 */
export const wrnPresets: { readonly [preset in WrnPreset]: WrnCoefficients } = benchmarkPresets.swapped;

const BASE_WIDTHS = [32, 64, 128] as const;
const WIDTH_DIVISOR = 4;
const BASE_DEPTH = 10;
const BASE_INPUT = 60;

/**
 * Resolves coefficients to blocks, widths and input size (spec 1.4).
 *
 * @param coefficients all above 0, `phi` at least 0
 * @param depthRule default `'published'`, which the named models are defined by
 * @throws LulcError `invalid-argument` for a coefficient out of range
 * @example
 * ```ts
 * import { scaleWrn, wrnPresets } from '@lulc/wrn-eca';
 *
 * console.log(scaleWrn(wrnPresets.B4)); // { blocksPerStage: 1, widths: [56, 116, 232], inputSize: 90 }
 * ```
 */
export function scaleWrn(coefficients: WrnCoefficients, depthRule: DepthRule = 'published'): WrnShape {
  const { depth, width, resolution } = compoundScale(coefficients);
  const [a, b, c] = BASE_WIDTHS.map((base) => roundFilters(base * width, WIDTH_DIVISOR));
  return {
    blocksPerStage: depthRule === 'published' ? publishedDepth(depth) : Math.max(1, Math.round(depth)),
    widths: [a, b, c],
    inputSize: roundResolution(BASE_INPUT * resolution),
  };
}

function publishedDepth(factor: number): number {
  return Math.max(1, Math.trunc(Math.floor((BASE_DEPTH * factor - 4) / 6) * factor));
}
