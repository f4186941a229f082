import { layers } from '@tensorflow/tfjs-layers';
import { applyLayer } from './graph.js';
import type { Named } from './merge.js';
import { type Block, pairOf } from './sym.js';

/** Options of {@link zeroPad}. */
export interface ZeroPadOptions extends Named {
  /** Pixels added on every side, or `[above and below, left and right]`; whole numbers of at least 0. */
  readonly size: number | readonly [number, number];
}

/**
 * Adds pixels of zeros around an image, `[B, H, W, C] → [B, H + 2·size, W + 2·size, C]`. Followed by a `'valid'`
 * convolution it pads on both sides alike, as PyTorch does; `padding: 'same'` puts the odd pixel of a stride at the end.
 *
 * @throws LulcError `invalid-argument` when applied with a size that is not a whole number of at least 0
 */
export function zeroPad(options: ZeroPadOptions): Block<4> {
  const sizes = pairOf(options.size);
  return (x) =>
    applyLayer(options.name, 'pad', [x], ({ name }) => {
      for (const size of sizes) {
        if (!(Number.isInteger(size) && size >= 0))
          throw new Error(`size must be a whole number from 0 on, got ${size}`);
      }
      return layers.zeroPadding2d({
        name,
        padding: sizes.map((size): [number, number] => [size, size]) as [[number, number], [number, number]],
      });
    });
}
