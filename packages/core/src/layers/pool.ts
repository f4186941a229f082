import { layers } from '@tensorflow/tfjs-layers';
import { applyLayer } from './graph.js';
import type { Named } from './merge.js';
import type { Block } from './sym.js';

/** Options of {@link maxPool} and {@link averagePool}. */
export interface PoolOptions extends Named {
  /** Height and width of the window in pixels. */
  readonly size: number;
  /** Step in pixels; default the window's size. */
  readonly stride?: number;
  /** `'valid'` (default) or `'same'`. */
  readonly padding?: 'same' | 'valid';
}

/** Mean over windows. */
export function averagePool(options: PoolOptions): Block<4> {
  return (x) =>
    applyLayer(options.name, 'averagePool', [x], ({ name }) => layers.averagePooling2d(poolArgs(name, options)));
}

/** Maximum over windows. */
export function maxPool(options: PoolOptions): Block<4> {
  return (x) => applyLayer(options.name, 'maxPool', [x], ({ name }) => layers.maxPooling2d(poolArgs(name, options)));
}

/** Mean over all pixels, `[B, H, W, C] → [B, C]`. */
export function globalAveragePool(options: Named = {}): Block<4, 2> {
  return (x) => applyLayer(options.name, 'gap', [x], ({ name }) => layers.globalAveragePooling2d({ name }));
}

/** Maximum over all pixels, `[B, H, W, C] → [B, C]`. */
export function globalMaxPool(options: Named = {}): Block<4, 2> {
  return (x) => applyLayer(options.name, 'gmp', [x], ({ name }) => layers.globalMaxPooling2d({ name } as never));
}

function poolArgs(name: string, { size, stride = size, padding = 'valid' }: PoolOptions) {
  return { name, poolSize: size, strides: stride, padding };
}
