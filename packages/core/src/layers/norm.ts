import { BatchNorm } from './batchNormLayer.js';
import { applyLayer } from './graph.js';
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

/** Batch normalisation over the last axis, see {@link BatchNorm}. */
export function batchNorm<R extends Rank = 4>(options: BatchNormOptions = {}): Block<R> {
  const { momentum = 0.9, epsilon = 1e-5, gammaInit = 'ones' } = options;
  return (x) =>
    applyLayer(
      options.name,
      'bn',
      [x],
      ({ name, seed }) => new BatchNorm({ name, momentum, epsilon, gammaInitializer: gammaInit, seed: seed(0) }),
    );
}
