import { LulcError } from '@lulc/core';
import type { PixelWindow } from '../pixelWindow.js';

/** The part of an image that is wanted, by its `[height, width]`. */
export type WindowChoice = (size: readonly [number, number]) => PixelWindow;

/** Largest image that is decoded, in values (height · width · bands). */
export const maxValues: number = 1 << 28;

/**
 * The window, which must lie within the image; all of it when none is given.
 *
 * @param size `[height, width]` of the image
 * @param wanted the part that is wanted
 * @param file its name, for the error
 * @throws LulcError `corrupt-file`
 */
export function windowIn(
  [height, width]: readonly [number, number],
  wanted: PixelWindow | WindowChoice | undefined,
  file: string,
): PixelWindow {
  if (wanted === undefined) return { top: 0, left: 0, height, width };
  const window = typeof wanted === 'function' ? wanted([height, width]) : wanted;
  if (window.top + window.height > height || window.left + window.width > width) {
    throw new LulcError('corrupt-file', `is ${height} x ${width} pixels, which does not hold a window`, {
      where: { file, top: window.top, left: window.left, height: window.height, width: window.width },
    });
  }
  return window;
}

/**
 * Refuses sizes that are nothing or more than is decoded at once.
 *
 * @param file name, for the error
 * @param height rows
 * @param width columns
 * @param bands values per pixel
 * @throws LulcError `corrupt-file`
 */
export function checkSize(file: string, height: number, width: number, bands: number): void {
  const whole = [height, width, bands].every((n) => Number.isInteger(n) && n > 0);
  if (!whole || height * width * bands > maxValues) {
    throw new LulcError('corrupt-file', `an absurd size of ${height} x ${width} x ${bands}`, {
      where: { file },
      ...(whole ? { hint: 'If that is its size, read it in windows.' } : {}),
    });
  }
}
