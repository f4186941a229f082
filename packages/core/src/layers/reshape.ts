import { layers } from '@tensorflow/tfjs-layers';
import { applyLayer } from './graph.js';
import type { Named } from './merge.js';
import type { Block, Rank, Sym } from './sym.js';

/**
 * Rearranges the values of each sample, row-major.
 *
 * @param shape the new shape without the batch axis; its length decides the rank
 * @throws LulcError `shape-mismatch` when the number of values differs
 */
export function reshape<I extends Rank, O extends Rank>(
  shape: O extends 4 ? readonly [number, number, number] : O extends 3 ? readonly [number, number] : readonly [number],
  options: Named = {},
): Block<I, O> {
  return (x) =>
    applyLayer(options.name, 'reshape', [x], ({ name }) => layers.reshape({ name, targetShape: [...shape] }));
}

/** Swaps height and width, `[B, H, W, C] → [B, W, H, C]`. */
export function swapSpatial(options: Named = {}): Block<4> {
  return (x) => applyLayer(options.name, 'permute', [x], ({ name }) => layers.permute({ name, dims: [2, 1, 3] }));
}

/**
 * Cuts rows `[start, start + size)` out of `[B, H, W, C]`.
 *
 * @param start first row
 * @param size number of rows
 */
export function cropRows(x: Sym<4>, start: number, size: number, options: Named = {}): Sym<4> {
  const rest = (x.shape[1] as number) - start - size;
  return applyLayer(options.name, 'crop', [x], ({ name }) =>
    layers.cropping2D({
      name,
      cropping: [
        [start, rest],
        [0, 0],
      ],
    }),
  );
}
