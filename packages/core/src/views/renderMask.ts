import { ignoreLabel, type MaskArray } from '../data/segmentation.js';
import { LulcError } from '../errors/lulcError.js';
import type { DrawnView } from './drawView.js';

/**
 * Writes the view of a mask: each pixel takes the class at its centre, so classes are never mixed; what lies outside the mask
 * becomes what the view says, the ignore label 255 by default. With the same drawn view the pixels are those of `renderView`.
 *
 * @param mask class indices of the whole image
 * @param view what to see of it; only its geometry counts
 * @param out where to write, `size[0] · size[1]` values
 * @throws LulcError `shape-mismatch` when `out` has another length
 * @example
 * ```ts
 * import { random } from '@lulc/core';
 * import { drawView, renderMask } from '@lulc/core/views';
 *
 * const mask = { data: Uint8Array.of(0, 1, 2, 3), shape: [2, 2] } as const;
 * const out = new Uint8Array(4);
 * renderMask(mask, drawView({ size: [2, 2], steps: [{ name: 'rot90', turns: [1] }] }, [2, 2, 3], random(0)), out);
 * console.log([...out]); // [2, 0, 3, 1]
 * ```
 */
export function renderMask(
  mask: MaskArray,
  view: Pick<DrawnView, 'size' | 'affine'> & Partial<Pick<DrawnView, 'outside'>>,
  out: Uint8Array,
): void {
  const { outside = ignoreLabel } = view;
  const [sourceHeight, sourceWidth] = mask.shape;
  const [height, width] = view.size;
  const [a, b, c, d, e, f] = view.affine;
  if (out.length !== height * width) {
    throw new LulcError('shape-mismatch', `a mask of ${height} x ${width} pixels does not fit ${out.length} values`);
  }
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to++) {
      const atX = Math.floor(a * (x + 0.5) + b * (y + 0.5) + c);
      const atY = Math.floor(d * (x + 0.5) + e * (y + 0.5) + f);
      const isInside = atX >= 0 && atX < sourceWidth && atY >= 0 && atY < sourceHeight;
      out[to] = isInside ? mask.data[atY * sourceWidth + atX] : outside;
    }
  }
}
