import { LulcError } from '../errors/lulcError.js';
import type { ImageWindow } from '../segmentation/inference/types.js';
import type { ImageArray } from './types.js';

/**
 * A window that lies inside a scene.
 *
 * @param window which part
 * @param size `[height, width]` of the scene
 * @returns the window
 * @throws LulcError `invalid-argument` when it reaches out or is empty
 */
export function requireInside(window: ImageWindow, [height, width]: readonly [number, number]): ImageWindow {
  const { top, left, rows, columns } = window;
  const whole = [top, left, rows, columns].every(Number.isInteger);
  if (whole && top >= 0 && left >= 0 && rows > 0 && columns > 0 && top + rows <= height && left + columns <= width) {
    return window;
  }
  throw new LulcError('invalid-argument', `a scene of ${height} x ${width} pixels does not hold the window`, {
    where: { top, left, rows, columns },
  });
}

/**
 * Where an image has data: 0 where every band holds its nodata value or is not a number, else 1.
 *
 * @param image the pixels
 * @param nodata per band, the value that means "no data", if there is one
 */
export function validPixels({ data, shape }: ImageArray, nodata: readonly (number | undefined)[]): Uint8Array {
  const [height, width, bands] = shape;
  const valid = new Uint8Array(height * width);
  const floating = data instanceof Float32Array;
  // A band that cannot be without data settles it.
  if (!floating && nodata.includes(undefined)) return valid.fill(1);
  const empty = nodata.map((value) => value ?? Number.NaN);
  for (let pixel = 0, from = 0; pixel < valid.length; pixel++, from += bands) {
    for (let band = 0; band < bands; band++) {
      const value = data[from + band];
      if (value === empty[band] || (floating && Number.isNaN(value))) continue;
      valid[pixel] = 1;
      break;
    }
  }
  return valid;
}
