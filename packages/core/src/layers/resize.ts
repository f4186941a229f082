import { matMul, reshape, tensor, tile } from '@tensorflow/tfjs-core';
import { LulcError } from '../errors/lulcError.js';
import { bicubicMatrix } from '../ops/bicubic.js';
import { applyLayer } from './graph.js';
import type { Named } from './merge.js';
import { defineOpLayer } from './opLayer.js';
import type { Block } from './sym.js';

const resize = defineOpLayer<{ readonly height: number; readonly width: number }>({
  className: 'LulcBicubicResize',
  call: ([x], { height, width }) => {
    const [batch, h, w, c] = x.shape as [number, number, number, number];
    const down = tensor(bicubicMatrix(h, height), [1, height, h]);
    const across = tensor(bicubicMatrix(w, width), [1, width, w]);
    const rows = matMul(tile(down, [batch, 1, 1]), reshape(x, [batch, h, w * c]));
    const columns = matMul(tile(across, [batch * height, 1, 1]), reshape(rows, [batch * height, w, c]));
    return reshape(columns, [batch, height, width, c]);
  },
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
  const [height, width] = size;
  if (!size.every((pixels) => Number.isInteger(pixels) && pixels > 0)) {
    throw new LulcError('invalid-argument', `a size in pixels needs whole numbers above 0, got [${size}]`, {
      where: { layer: options.name ?? 'resize' },
    });
  }
  return (x) =>
    x.shape[1] === height && x.shape[2] === width
      ? x
      : applyLayer(options.name, 'resize', [x], ({ name }) => resize(name, { height, width }));
}
