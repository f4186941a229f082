import { requireAbove, requireAtLeast } from '@lulc/core';

/** Coefficients of compound scaling (Tan & Le 2019, "EfficientNet", arXiv:1905.11946, equation 3). */
export interface CompoundCoefficients {
  /** Depth coefficient, above 0: blocks grow by `alpha^phi`. */
  readonly alpha: number;
  /** Width coefficient, above 0: channels grow by `beta^phi`. */
  readonly beta: number;
  /** Resolution coefficient, above 0: height and width of the input grow by `gamma^phi`. */
  readonly gamma: number;
  /** Compound exponent, at least 0. */
  readonly phi: number;
}

/** How many times deeper, wider and finer a network becomes; 1 leaves it as it is. */
export interface ScaleFactors {
  /** Factor of the number of blocks. */
  readonly depth: number;
  /** Factor of the number of channels. */
  readonly width: number;
  /** Factor of height and width of the input. */
  readonly resolution: number;
}

/**
 * The factors of compound scaling: `depth = alpha^phi`, `width = beta^phi`, `resolution = gamma^phi` (Tan & Le 2019,
 * equation 3). They fit any family: apply them to its blocks, channels and input with {@link scaleShape}, or with rounding
 * rules of its own.
 *
 * @param coefficients alpha, beta and gamma above 0, phi at least 0
 * @throws LulcError `invalid-argument` for a coefficient out of range; `where.option` names it
 * @example
 * ```ts
 * import { compoundScale } from '@lulc/efficientnet-scaler';
 *
 * // the paper's coefficients, one step up
 * console.log(compoundScale({ alpha: 1.2, beta: 1.1, gamma: 1.15, phi: 1 })); // { depth: 1.2, width: 1.1, resolution: 1.15 }
 * ```
 */
export function compoundScale({ alpha, beta, gamma, phi }: CompoundCoefficients): ScaleFactors {
  requireAbove(0, { alpha, beta, gamma });
  requireAtLeast(0, { phi });
  return { depth: alpha ** phi, width: beta ** phi, resolution: gamma ** phi };
}
