import { LulcError } from '@lulc/core';

/** The scaling coefficients of a wide residual network. */
export interface WrnCoefficients {
  /** Depth coefficient. */
  readonly alpha: number;
  /** Width coefficient. */
  readonly beta: number;
  /** Resolution coefficient. */
  readonly gamma: number;
  /** Compound exponent: each coefficient acts as `coefficient^phi`. */
  readonly phi: number;
}

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
export type WrnPreset = 'B0' | 'B1' | 'B2' | 'B3' | 'B4' | 'B5' | 'B6' | 'B7';

/**
 * How the depth coefficient acts: `'published'` as in the benchmark's code, which applies it twice and truncates (quirk
 * Q4), or `'once'`: `max(1, round(alpha^phi))` blocks.
 */
export type DepthRule = 'published' | 'once';

/**
 * The preset table (spec 1.4, A): EfficientNet's (width, depth) pairs with the width entry scaling the depth, as in the
 * benchmark's published configuration, which is B4.
 */
export const wrnPresets: { readonly [preset in WrnPreset]: WrnCoefficients } = {
  B0: { alpha: 1.0, beta: 1.0, gamma: 1.0, phi: 1 },
  B1: { alpha: 1.0, beta: 1.1, gamma: 1.0, phi: 1 },
  B2: { alpha: 1.1, beta: 1.2, gamma: 1.1, phi: 1 },
  B3: { alpha: 1.2, beta: 1.4, gamma: 1.2, phi: 1 },
  B4: { alpha: 1.4, beta: 1.8, gamma: 1.4, phi: 1 },
  B5: { alpha: 1.6, beta: 2.2, gamma: 1.6, phi: 1 },
  B6: { alpha: 1.8, beta: 2.6, gamma: 1.8, phi: 1 },
  B7: { alpha: 2.0, beta: 3.1, gamma: 2.0, phi: 1 },
};

const BASE_WIDTHS = [16, 32, 64] as const;
const BASE_WIDENING = 2;
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
  for (const [name, value] of Object.entries(coefficients)) {
    const valid = Number.isFinite(value) && (name === 'phi' ? value >= 0 : value > 0);
    if (!valid) {
      const range = name === 'phi' ? 'of at least 0' : 'above 0';
      throw new LulcError('invalid-argument', `${name} must be a number ${range}, got ${value}`, {
        where: { option: name },
      });
    }
  }
  const depthFactor = coefficients.alpha ** coefficients.phi;
  const widening = BASE_WIDENING * coefficients.beta ** coefficients.phi;
  const [a, b, c] = BASE_WIDTHS.map((base) => roundWidth(base * widening, 4));
  return {
    blocksPerStage: depthRule === 'published' ? publishedDepth(depthFactor) : Math.max(1, Math.round(depthFactor)),
    widths: [a, b, c],
    inputSize: Math.ceil((BASE_INPUT * coefficients.gamma ** coefficients.phi) / 10) * 10,
  };
}

function publishedDepth(depthFactor: number): number {
  return Math.max(1, Math.trunc(Math.floor((BASE_DEPTH * depthFactor - 4) / 6) * depthFactor));
}

/** Nearest multiple of `divisor`, at least one, and never more than 10 % below `width`. */
function roundWidth(width: number, divisor: number): number {
  const rounded = Math.max(divisor, Math.trunc((width + divisor / 2) / divisor) * divisor);
  return rounded < 0.9 * width ? rounded + divisor : rounded;
}
