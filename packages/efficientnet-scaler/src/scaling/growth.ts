import type { ScaleFactors } from './compound.js';

/** How many times larger a convolutional network becomes. */
export interface Growth {
  /** Multiply-adds of a forward pass. */
  readonly flops: number;
  /** Trainable weights. */
  readonly parameters: number;
  /** Values that the layers put out, which training keeps for the backward pass. */
  readonly activations: number;
}

/**
 * The growth that factors predict for a convolutional network: each convolution has weights for every pair of an input
 * and an output channel and runs at every pixel, so that multiply-adds grow by `depth·width²·resolution²` (Tan & Le 2019,
 * section 3.3), weights by `depth·width²` and activations by `depth·width·resolution²`. Rounding, and parts that do not
 * follow the law (stem, head, depthwise convolutions), make the true growth differ: count it with `countOperations` of
 * `@lulc/core`.
 *
 * @param factors what {@link compoundScale} gives
 * @example
 * ```ts
 * import { compoundScale, predictGrowth } from '@lulc/efficientnet-scaler';
 *
 * // the paper's coefficients, three steps up: about 2^3
 * const { flops } = predictGrowth(compoundScale({ alpha: 1.2, beta: 1.1, gamma: 1.15, phi: 3 }));
 * console.log(flops.toFixed(2)); // 7.08
 * ```
 */
export function predictGrowth({ depth, width, resolution }: ScaleFactors): Growth {
  const parameters = depth * width ** 2;
  return {
    flops: parameters * resolution ** 2,
    parameters,
    activations: depth * width * resolution ** 2,
  };
}
