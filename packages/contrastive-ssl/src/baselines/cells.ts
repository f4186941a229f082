import { LulcError } from '@lulc/core';
import type { ViewImages } from '@lulc/core/views';

/** Places and order of the nine pieces of a puzzle. */
export interface Puzzle {
  /** Which cell lies in each place, 0 … 8 in rows. */
  readonly order: readonly number[];
  /** Left upper corner of the piece inside each cell `[x, y]` in pixels, by cell. */
  readonly corners: readonly (readonly [number, number])[];
}

/** Cells along a side. */
export const side = 3;

/** Height and width of the cells of a view in whole pixels. */
export const cellSize = ([, height, width]: readonly number[]): readonly [number, number] => [
  Math.floor(height / side),
  Math.floor(width / side),
];

/**
 * Cuts one image into pieces, one from each of its 3×3 cells, and lays them out in an order, each resized (bilinear,
 * half-pixel centres) to a size.
 *
 * @param view images of a batch
 * @param row which of them
 * @param puzzle order and corners
 * @param piece `[height, width]` of a piece in the image's pixels
 * @param size `[height, width]` that they are resized to
 * @param out `[9, size, bands]`, written
 * @throws LulcError `shape-mismatch` when `out` has another length
 */
export function cutPieces(
  { images, imageShape }: ViewImages,
  row: number,
  { order, corners }: Puzzle,
  piece: readonly [number, number],
  size: readonly [number, number],
  out: Float32Array,
): void {
  const [, height, width, bands] = imageShape;
  if (out.length !== order.length * size[0] * size[1] * bands) {
    throw new LulcError(
      'shape-mismatch',
      `${out.length} values for ${order.length} pieces of ${size.join('×')}×${bands}`,
    );
  }
  const [cellHeight, cellWidth] = cellSize(imageShape);
  const image = images.subarray(row * height * width * bands, (row + 1) * height * width * bands);
  let next = 0;
  for (const cell of order) {
    const [x, y] = corners[cell];
    const rows = axis(Math.floor(cell / side) * cellHeight + y, piece[0], size[0]);
    const columns = axis((cell % side) * cellWidth + x, piece[1], size[1]);
    for (const [top, bottom, down] of rows) {
      for (const [left, right, along] of columns) {
        for (let band = 0; band < bands; band++) {
          const at = (line: number, column: number): number => image[(line * width + column) * bands + band];
          const upper = at(top, left) * (1 - along) + at(top, right) * along;
          const lower = at(bottom, left) * (1 - along) + at(bottom, right) * along;
          out[next++] = upper * (1 - down) + lower * down;
        }
      }
    }
  }
}

/** The two pixels between which each new pixel lies, and the share of the second. */
function axis(from: number, length: number, size: number): (readonly [number, number, number])[] {
  return Array.from({ length: size }, (_, i) => {
    const position = Math.min(length - 1, Math.max(0, ((i + 0.5) * length) / size - 0.5));
    const first = Math.floor(position);
    return [from + first, from + Math.min(length - 1, first + 1), position - first] as const;
  });
}
