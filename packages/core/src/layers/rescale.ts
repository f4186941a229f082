import { layers } from '@tensorflow/tfjs-layers';
import { applyLayer } from './graph.js';
import type { Named } from './merge.js';
import type { Block, Rank } from './sym.js';

/** Options of {@link rescale}. */
export interface RescaleOptions extends Named {
  /** What each value is multiplied by. */
  readonly factor: number;
  /** What is added to the product, default 0. */
  readonly offset?: number;
}

/** `factor · x + offset`, element-wise, with constants that are not trained (TF.js' and Keras' `Rescaling`). */
export function rescale<R extends Rank = 4>(options: RescaleOptions): Block<R> {
  const { factor, offset = 0 } = options;
  return (x) =>
    applyLayer(options.name, 'rescale', [x], ({ name }) => layers.rescaling({ name, scale: factor, offset }));
}
