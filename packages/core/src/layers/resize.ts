import type { Tensor4D } from '@tensorflow/tfjs-core';
import { LulcError } from '../errors/lulcError.js';
import { bicubicMatrix } from '../ops/bicubic.js';
import { bilinear } from '../ops/bilinear.js';
import { resampled } from '../ops/resample.js';
import { applyLayer } from './graph.js';
import type { Named } from './merge.js';
import { defineOpLayer } from './opLayer.js';
import type { Block, Sym } from './sym.js';

interface Size {
  readonly height: number;
  readonly width: number;
}

const bicubicLayer = defineOpLayer<Size>({
  className: 'LulcBicubicResize',
  call: ([x], { height, width }) => {
    const [, h, w] = x.shape as [number, number, number, number];
    return resampled(x as Tensor4D, [height, width], bicubicMatrix(h, height), bicubicMatrix(w, width));
  },
  outputShape: ([shape], { height, width }) => [shape[0], height, width, shape[3]],
});

const bilinearLayer = defineOpLayer<Size & { readonly alignCorners: boolean }>({
  className: 'LulcBilinearResize',
  call: ([x], { height, width, alignCorners }) => bilinear(x as Tensor4D, [height, width], alignCorners),
  outputShape: ([shape], { height, width }) => [shape[0], height, width, shape[3]],
});

/**
 * Bicubic resize as TensorFlow 2 does it (`tf.image.resize(…, 'bicubic', antialias=False)`): half-pixel centres, Keys
 * kernel with a = −0.5 from a 1,024-step table, taps outside the image dropped and the others renormalised. Identity
 * when the size is right already.
 *
 * @param size `[height, width]` in pixels, whole numbers above 0
 * @throws LulcError `invalid-argument` for another size
 */
export function bicubicResize(size: readonly [number, number], options: Named = {}): Block<4> {
  const pixels = checked(size, options.name);
  return (x) =>
    isOfSize(x, size) ? x : applyLayer(options.name, 'resize', [x], ({ name }) => bicubicLayer(name, pixels));
}

/** Options of {@link bilinearResize}. */
export interface BilinearResizeOptions extends Named {
  /**
   * Where pixels are: with `true` the centres of the outermost pixels stay in place; with `false` (default) the edges of the
   * image do (half-pixel centres: TensorFlow 2's, PyTorch's default).
   */
  readonly alignCorners?: boolean;
}

/**
 * Bilinear resize, to larger or smaller sizes (then without smoothing). Identity when the size is right already.
 *
 * @param size `[height, width]` in pixels, whole numbers above 0
 * @throws LulcError `invalid-argument` for another size
 * @example
 * ```ts
 * import { bilinearResize, image, useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * console.log(bilinearResize([32, 48])(image({ shape: [8, 12, 3] })).shape); // [null, 32, 48, 3]
 * ```
 */
export function bilinearResize(size: readonly [number, number], options: BilinearResizeOptions = {}): Block<4> {
  const { name: local, alignCorners = false } = options;
  const pixels = checked(size, local);
  return (x) =>
    isOfSize(x, size)
      ? x
      : applyLayer(local, 'resize', [x], ({ name }) => bilinearLayer(name, { ...pixels, alignCorners }));
}

const isOfSize = (x: Sym<4>, [height, width]: readonly [number, number]): boolean =>
  x.shape[1] === height && x.shape[2] === width;

function checked(size: readonly [number, number], layer = 'resize'): Size {
  if (!size.every((pixels) => Number.isInteger(pixels) && pixels > 0)) {
    throw new LulcError('invalid-argument', `a size in pixels needs whole numbers above 0, got [${size}]`, {
      where: { layer },
    });
  }
  return { height: size[0], width: size[1] };
}
