import { layers } from '@tensorflow/tfjs-layers';
import { LulcError } from '../errors/lulcError.js';
import { applyLayer } from './graph.js';
import type { Named } from './merge.js';
import { type Block, type Rank, type Sym, shapeOf } from './sym.js';

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
  const count = (sizes: readonly (number | null)[]) => sizes.reduce<number>((n, size) => n * (size ?? Number.NaN), 1);
  return (x) => {
    const [got, wanted] = [count(shapeOf(x)), count(shape)];
    // TF.js itself finds out only when the model runs. Open axes are left to it.
    if (!Number.isNaN(got) && got !== wanted) {
      throw new LulcError('shape-mismatch', `${got} values cannot be arranged as [${shape}]`, {
        where: { layer: options.name ?? 'reshape', got: `[${shapeOf(x)}]` },
      });
    }
    return applyLayer(options.name, 'reshape', [x], ({ name }) => layers.reshape({ name, targetShape: [...shape] }));
  };
}

/** Swaps height and width, `[B, H, W, C] → [B, W, H, C]`. */
export function swapSpatial(options: Named = {}): Block<4> {
  return (x) => applyLayer(options.name, 'permute', [x], ({ name }) => layers.permute({ name, dims: [2, 1, 3] }));
}

/**
 * Cuts rows `[start, start + size)` out of `[B, H, W, C]`.
 *
 * @param start first row, from 0
 * @param size number of rows, at least 1
 * @throws LulcError `invalid-argument` when the rows are not all inside the image, or its height is open
 */
export function cropRows(x: Sym<4>, start: number, size: number, options: Named = {}): Sym<4> {
  const height = x.shape[1];
  const rest = height === null ? Number.NaN : height - start - size;
  if (!([start, size, rest].every(Number.isInteger) && start >= 0 && size >= 1 && rest >= 0)) {
    throw new LulcError('invalid-argument', `no rows ${start} to ${start + size} in an image of height ${height}`, {
      where: { layer: options.name ?? 'crop' },
    });
  }
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
