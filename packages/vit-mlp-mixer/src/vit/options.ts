import { knownOption, type ModelOptions, requireAbove, requireCount, requireShare } from '@lulc/core';
import { type VitShape, type VitSize, vitSizes } from './sizes.js';

/** Options of the backbone alone. */
export interface VitBackboneOptions {
  /** A named size, default `'ViT/20'`; numbers given beside it win. */
  readonly size?: VitSize;
  /** Height and width of a patch in pixels; the benchmark's are 6, 12, 20, 30 and 40. Default the size's. */
  readonly patch?: number;
  /** Channels of a token, default 64. */
  readonly width?: number;
  /** Number of transformer layers, default 8. */
  readonly layers?: number;
  /** Heads of each attention, default 4. */
  readonly heads?: number;
  /** Channels of queries, keys and values in each head, default 64. */
  readonly keyDim?: number;
  /** Hidden units of the perceptron in each layer, default 128. */
  readonly mlpHidden?: number;
  /** Share of attention dropped in training, [0, 1), default 0.1. */
  readonly attentionDropout?: number;
  /** Share dropped behind both dense layers of each perceptron in training, [0, 1), default 0.1. */
  readonly mlpDropout?: number;
  /** Added to the variance in layer norms, above 0. Default 1e-6. */
  readonly epsilon?: number;
  /**
   * `'corrected'` (default): a learned position per token, perceptrons with linear output.
   * `'reference'`: the published code's behaviour, quirks Q15 (position = index times one row) and Q16 (GELU behind the
   * perceptron), for its checkpoints.
   */
  readonly variant?: 'corrected' | 'reference';
}

/**
 * Options of {@link visionTransformer}; `inputSize` is 120 pixels by default and at least one patch. `headDropout` (default
 * the size's, 0.5 but for `ViTM/20`) acts before every dense layer of the head.
 */
export interface VitOptions extends ModelOptions, VitBackboneOptions {
  /** What the head takes: all tokens side by side (`'flatten'`), or their mean. Default the size's. */
  readonly pooling?: 'flatten' | 'mean';
  /** Units of the dense layers between the pooled tokens and the logits. Default the size's, 2048 and 1024 or none. */
  readonly headMlp?: readonly number[];
}

/** Everything the network is made from, with all defaults filled in. */
export interface ResolvedVit extends Required<Omit<VitOptions, 'bands' | 'classes' | 'task' | 'seed'>>, VitShape {
  /** Readable name, e.g. `vit-20`. */
  readonly name: string;
}

/**
 * Fills in defaults.
 *
 * @example
 * ```ts
 * import { resolveVit } from '@lulc/vit-mlp-mixer';
 *
 * const { name, layers, headMlp } = resolveVit({ patch: 12 });
 * console.log(name, layers, headMlp); // vit-12 8 [2048, 1024]
 * ```
 *
 * @throws LulcError `unknown-name` for an unknown size, pooling or variant, `invalid-argument` for a number out of range
 */
export function resolveVit(options: Omit<VitOptions, 'bands' | 'classes' | 'task' | 'seed'> = {}): ResolvedVit {
  const size = knownOption('size', options.size ?? 'ViT/20', Object.keys(vitSizes) as VitSize[]);
  const shape = vitSizes[size];
  const { width = 64, layers = 8, heads = 4, keyDim = 64, mlpHidden = 128, epsilon = 1e-6, inputSize = 120 } = options;
  const { attentionDropout = 0.1, mlpDropout = 0.1, headDropout = shape.headDropout } = options;
  const { patch = shape.patch, headMlp = shape.headMlp } = options;
  requireCount({ patch, width, layers, heads, keyDim, mlpHidden });
  for (const units of headMlp) requireCount({ headMlp: units });
  requireShare({ attentionDropout, mlpDropout, headDropout });
  requireAbove(0, { epsilon });
  return {
    size,
    patch,
    width,
    layers,
    heads,
    keyDim,
    mlpHidden,
    attentionDropout,
    mlpDropout,
    epsilon,
    variant: knownOption('variant', options.variant ?? 'corrected', ['corrected', 'reference']),
    pooling: knownOption('pooling', options.pooling ?? shape.pooling, ['flatten', 'mean']),
    headMlp,
    headDropout,
    inputSize,
    name: `${size.split('/')[0].toLowerCase()}-${patch}`,
  };
}
