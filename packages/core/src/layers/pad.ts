import { concat, reverse, slice, type Tensor } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { applyLayer } from './graph.js';
import type { Named } from './merge.js';
import { defineOpLayer } from './opLayer.js';
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

/** Pixels added `[[above, below], [left, right]]`. */
export type PadAmounts = readonly [readonly [number, number], readonly [number, number]];

/** Options of {@link mirrorPad}. */
export interface MirrorPadOptions extends Named {
  /** Pixels added on every side, or on each; whole numbers of at least 0, and no more than there are. */
  readonly size: number | PadAmounts;
}

const mirroring = defineOpLayer<{ readonly amounts: PadAmounts }>({
  className: 'LulcMirrorPad',
  // TF.js' own operation has no gradient.
  call: ([x], { amounts }) => mirrored(mirrored(x, 1, amounts[0]), 2, amounts[1]),
  outputShape: ([[batch, height, width, channels]], { amounts }) => {
    const [h, w] = [height, width].map((side, axis) => side && side + amounts[axis][0] + amounts[axis][1]);
    return [batch, h, w, channels];
  },
});

function mirrored(x: Tensor, axis: number, [before, after]: readonly [number, number]): Tensor {
  const part = (begin: number, size: number) => {
    const [from, sizes] = [x.shape.map(() => 0), [...x.shape]];
    from[axis] = begin;
    sizes[axis] = size;
    return reverse(slice(x, from, sizes), axis);
  };
  const parts = [
    ...(before > 0 ? [part(0, before)] : []),
    x,
    ...(after > 0 ? [part(x.shape[axis] - after, after)] : []),
  ];
  return parts.length === 1 ? x : concat(parts, axis);
}

/**
 * Continues an image beyond its edges by its mirror image, edge pixels included (TensorFlow's `SYMMETRIC`):
 * `[B, H, W, C] → [B, H + above + below, W + left + right, C]`.
 *
 * @throws LulcError `invalid-argument` when applied with sizes that are not whole numbers from 0 to the image's sides
 */
export function mirrorPad(options: MirrorPadOptions): Block<4> {
  const { size } = options;
  const amounts: PadAmounts =
    typeof size === 'number'
      ? [
          [size, size],
          [size, size],
        ]
      : size;
  return (x) =>
    applyLayer(options.name, 'mirrorPad', [x], ({ name }) => {
      for (const [axis, pair] of amounts.entries()) {
        const side = x.shape[axis + 1] ?? Number.POSITIVE_INFINITY;
        if (pair.some((amount) => !(Number.isInteger(amount) && amount >= 0 && amount <= side)))
          throw new Error(`size must be whole numbers from 0 to ${side}, got ${pair}`);
      }
      return mirroring(name, { amounts });
    });
}
