import { LulcError, requireCount } from '@lulc/core';
import type { PixelWindow } from '../raster/pixelWindow.js';
import type { WindowOptions } from './options.js';

/** More windows would be single pixels, or an image whose size is made up. */
const maxPerAxis = 2048;

/**
 * The windows of an image, row by row. Along an axis that is shorter than a window there is one, as long as the axis.
 *
 * @param shape `[height, width]` of the image
 * @param options size and stride
 * @throws LulcError `invalid-argument`
 */
export function windowsOf(shape: readonly [number, number], options: WindowOptions): readonly PixelWindow[] {
  const { size, stride = size } = options;
  const [height, width] = pair(size);
  const [down, across] = pair(stride);
  requireCount({ height, width, down, across });
  const tops = starts(shape[0], height, down);
  const lefts = starts(shape[1], width, across);
  return tops.flatMap((top) =>
    lefts.map((left) => ({ top, left, height: Math.min(height, shape[0]), width: Math.min(width, shape[1]) })),
  );
}

function starts(length: number, window: number, stride: number): readonly number[] {
  const last = Math.max(0, length - window);
  const count = Math.ceil(last / stride) + 1;
  if (count > maxPerAxis) {
    throw new LulcError('invalid-argument', `${count} windows along one axis of an image`, {
      hint: 'Take larger windows or a larger stride.',
    });
  }
  return Array.from({ length: count }, (_, i) => Math.min(i * stride, last));
}

function pair(value: number | readonly [number, number]): readonly [number, number] {
  return typeof value === 'number' ? [value, value] : value;
}
