import { LulcError } from '../errors/lulcError.js';
import { BatchNorm } from './batchNormLayer.js';
import { applyLayer } from './graph.js';
import { InstanceNorm } from './instanceNormLayer.js';
import { LayerNorm, type NormalisedAxis } from './layerNormLayer.js';
import type { Named } from './merge.js';
import type { Block, Rank } from './sym.js';

/** Options of {@link batchNorm}. */
export interface BatchNormOptions extends Named {
  /** Share of the old moving statistic kept in each training step, 0 … 1. Default 0.9 (PyTorch's 0.1). */
  readonly momentum?: number;
  /** Added to the variance. Default 1e-5. */
  readonly epsilon?: number;
  /** `'ones'` (default) or `'uniform'`: U(−0.05, 0.05), as in the published benchmark. */
  readonly gammaInit?: 'ones' | 'uniform';
}

/**
 * Batch normalisation over the last axis, see {@link BatchNorm}. Shape unchanged.
 *
 * @throws LulcError `invalid-argument` for a momentum outside 0 … 1 or an epsilon that is not above 0
 */
export function batchNorm<R extends Rank = 4>(options: BatchNormOptions = {}): Block<R> {
  const { momentum = 0.9, epsilon = 1e-5, gammaInit = 'ones' } = options;
  if (!(momentum >= 0 && momentum <= 1 && epsilon > 0)) {
    throw new LulcError(
      'invalid-argument',
      `momentum must be in 0 … 1 and epsilon above 0, got ${momentum}, ${epsilon}`,
      {
        where: { layer: options.name ?? 'bn' },
      },
    );
  }
  return (x) =>
    applyLayer(
      options.name,
      'bn',
      [x],
      ({ name, seed }) => new BatchNorm({ name, momentum, epsilon, gammaInitializer: gammaInit, seed: seed(0) }),
    );
}

/** Options of {@link layerNormalization}. */
export interface LayerNormalizationOptions extends Named {
  /** `'channels'` (default): each token or pixel by itself; `'tokens'`: each channel of `[B, N, C]` over its tokens. */
  readonly axis?: NormalisedAxis;
  /** Added to the variance, above 0. Default 1e-6. */
  readonly epsilon?: number;
}

/**
 * Layer normalisation, see {@link LayerNorm}. Shape unchanged.
 *
 * @throws LulcError `invalid-argument` for an epsilon that is not above 0; `shape-mismatch`, when applied, for `'tokens'` of
 *   anything but `[B, N, C]` with a fixed N
 */
export function layerNormalization<R extends Rank = 3>(options: LayerNormalizationOptions = {}): Block<R> {
  const { axis = 'channels', epsilon = 1e-6 } = options;
  const layer = options.name ?? 'ln';
  if (!(epsilon > 0)) {
    throw new LulcError('invalid-argument', `epsilon must be above 0, got ${epsilon}`, { where: { layer } });
  }
  return (x) => {
    if (axis === 'tokens' && (x.shape.length !== 3 || x.shape[1] === null)) {
      throw new LulcError('shape-mismatch', `[${x.shape.slice(1)}] has no fixed number of tokens`, {
        where: { layer },
      });
    }
    return applyLayer(options.name, 'ln', [x], ({ name }) => new LayerNorm({ name, axis, epsilon }));
  };
}

/** Options of {@link instanceNormalization}. */
export interface InstanceNormalizationOptions extends Named {
  /** Added to the variance, above 0. Default 1e-5. */
  readonly epsilon?: number;
}

/**
 * Instance normalisation, see {@link InstanceNorm}. Shape unchanged.
 *
 * @throws LulcError `invalid-argument` for an epsilon that is not above 0
 */
export function instanceNormalization(options: InstanceNormalizationOptions = {}): Block<4> {
  const { epsilon = 1e-5 } = options;
  if (!(epsilon > 0)) {
    throw new LulcError('invalid-argument', `epsilon must be above 0, got ${epsilon}`, {
      where: { layer: options.name ?? 'norm' },
    });
  }
  return (x) => applyLayer(options.name, 'norm', [x], ({ name }) => new InstanceNorm({ name, epsilon }));
}
