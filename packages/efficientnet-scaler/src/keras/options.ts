import { knownOption, type ModelOptions, requireAbove, requireShare } from '@lulc/core';
import type { StridePadding } from '../blocks/padding.js';
import { type EfficientNetShape, scaleEfficientNet } from '../blocks/stages.js';
import { type EfficientNetSize, efficientNetSizes, type SizeFactors } from '../scaling/sizes.js';

/** Options of the backbone alone. */
export interface EfficientNetBackboneOptions extends Partial<SizeFactors> {
  /** A named size, default `'B0'`; a `width` or `depth` given beside it wins. */
  readonly size?: EfficientNetSize;
  /**
   * `'corrected'` (default) takes the scaled image as it is. `'reference'` divides it by 255 first, as Keras' networks do
   * with photographs and the benchmark therefore does with standardised bands (quirk Q12).
   */
  readonly variant?: 'corrected' | 'reference';
  /**
   * Drop-connect: the share of samples that the last block's residual branch is dropped for, [0, 1), default 0.2; it
   * grows from 0 at the first block.
   */
  readonly dropConnect?: number;
  /**
   * Where convolutions with a stride put their zeros: `'same'` (default), TensorFlow's way; `'symmetric'`, on both sides
   * alike, as networks of torchvision and timm do.
   */
  readonly padding?: StridePadding;
  /** Added to the variance in batch norms, above 0. Default 1e-3; networks of torchvision and timm have 1e-5. */
  readonly epsilon?: number;
}

/** Options of {@link efficientNet}; `inputSize` is at least 8 pixels and 120 by default, for all sizes. */
export interface EfficientNetOptions extends ModelOptions, EfficientNetBackboneOptions {}

/** Everything the network is made from, with all defaults filled in. */
export interface ResolvedEfficientNet {
  /** The size's name when width and depth are its own, else `custom`. */
  readonly sizeName: EfficientNetSize | 'custom';
  /** Width and depth after size and overrides. */
  readonly factors: SizeFactors;
  /** Channels and blocks; its `inputSize` is the network's. */
  readonly shape: EfficientNetShape;
  /** Whether the input is divided by 255. */
  readonly variant: 'corrected' | 'reference';
  /** Drop rate of the last block. */
  readonly dropConnect: number;
  /** Zeros of convolutions with a stride. */
  readonly padding: StridePadding;
  /** Added to the variance in batch norms. */
  readonly epsilon: number;
  /** Readable name, e.g. `efficientnet-b0`. */
  readonly name: string;
}

/**
 * Fills in defaults.
 *
 * @example
 * ```ts
 * import { resolveEfficientNet } from '@lulc/efficientnet-scaler';
 *
 * const { name, shape } = resolveEfficientNet({ size: 'B4' });
 * console.log(name, shape.stages.map(({ repeats }) => repeats)); // efficientnet-b4 [2, 4, 4, 6, 6, 8, 2]
 * ```
 *
 * @throws LulcError `unknown-name` for an unknown size or variant (with the nearest known one), `invalid-argument` for a
 *   number out of range
 */
export function resolveEfficientNet(
  options: EfficientNetBackboneOptions & Pick<EfficientNetOptions, 'inputSize'> = {},
): ResolvedEfficientNet {
  const size = knownOption('size', options.size ?? 'B0', Object.keys(efficientNetSizes) as EfficientNetSize[]);
  const variant = knownOption('variant', options.variant ?? 'corrected', ['corrected', 'reference']);
  const named = efficientNetSizes[size];
  const factors: SizeFactors = { width: options.width ?? named.width, depth: options.depth ?? named.depth };
  const padding = knownOption<StridePadding>('padding', options.padding ?? 'same', ['same', 'symmetric']);
  const { inputSize = 120, dropConnect = 0.2, epsilon = 1e-3 } = options;
  requireAbove(0, { epsilon });
  requireShare({ dropConnect });
  const sizeName = factors.width === named.width && factors.depth === named.depth ? size : 'custom';
  return {
    sizeName,
    factors,
    shape: { ...scaleEfficientNet({ ...factors, resolution: 1 }), inputSize },
    variant,
    dropConnect,
    padding,
    epsilon,
    name: `efficientnet-${sizeName.toLowerCase()}`,
  };
}
