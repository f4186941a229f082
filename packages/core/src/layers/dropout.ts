import { clone } from '@tensorflow/tfjs-core';
import { LulcError } from '../errors/lulcError.js';
import { dropoutBy } from '../ops/dropoutMask.js';
import { applyLayer } from './graph.js';
import type { Named } from './merge.js';
import { defineOpLayer } from './opLayer.js';
import { drawKey } from './randomStream.js';
import type { Block, Rank } from './sym.js';

/** What is dropped together: single `'element'`s (dropout) or a whole `'sample'` of the batch (drop-path). */
type DropUnit = 'element' | 'sample';

const drop = defineOpLayer<{ readonly rate: number; readonly unit: DropUnit }>({
  className: 'LulcDropout',
  call: ([x], { rate, unit }, training) => {
    if (!training || rate === 0) return clone(x);
    return dropoutBy(x, { rate, perSample: unit === 'sample', ...drawKey() });
  },
  outputShape: ([shape]) => shape,
});

/**
 * Sets a share of the values to 0 in training and scales the others by `1 / (1 − rate)` (Srivastava et al. 2014).
 * In the training loop the choice depends on seed and step only, so a resumed run repeats it.
 *
 * @param rate share in [0, 1)
 * @throws LulcError `invalid-argument` for a rate outside [0, 1)
 */
export function dropout<R extends Rank = 2>(rate: number, options: Named = {}): Block<R> {
  return dropBlock<R>(rate, 'element', options.name, 'dropout');
}

/**
 * Stochastic depth: drops the whole branch of a sample (Huang et al. 2016, arXiv:1603.09382). Put it at the end of a
 * residual branch.
 *
 * @param rate share in [0, 1)
 * @throws LulcError `invalid-argument` for a rate outside [0, 1)
 */
export function dropPath<R extends Rank = 4>(rate: number, options: Named = {}): Block<R> {
  return dropBlock<R>(rate, 'sample', options.name, 'dropPath');
}

function dropBlock<R extends Rank>(rate: number, unit: DropUnit, local: string | undefined, kind: string): Block<R> {
  if (!(rate >= 0 && rate < 1)) {
    throw new LulcError('invalid-argument', `a dropout rate must be in [0, 1), got ${rate}`, {
      where: { layer: local ?? kind },
    });
  }
  return (x) => applyLayer(local, kind, [x], ({ name }) => drop(name, { rate, unit }));
}
