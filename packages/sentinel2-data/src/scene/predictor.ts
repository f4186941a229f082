import type { MapValues } from './mapOptions.js';

/**
 * The bytes of a tile, little-endian, with each line replaced by differences that compress better.
 *
 * @param values `[size, size, bands]`; changed by predictor 2
 * @param predictor of TIFF: 1 none, 2 the difference to the pixel to the left, 3 the same of the bytes of floating-point numbers,
 *   sorted by significance (TIFF Technical Note 3)
 * @param size height and width
 * @param bands values per pixel
 */
export function applyPredictor(values: MapValues, predictor: 1 | 2 | 3, size: number, bands: number): Uint8Array {
  const line = size * bands;
  if (predictor === 2) {
    for (let start = 0; start < values.length; start += line) {
      for (let i = start + line - 1; i >= start + bands; i--) values[i] -= values[i - bands];
    }
  }
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return predictor === 3 ? floatingDifferences(bytes, line, bands, values.BYTES_PER_ELEMENT) : bytes;
}

function floatingDifferences(bytes: Uint8Array, line: number, bands: number, width: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let start = 0; start < bytes.length; start += line * width) {
    for (let i = 0; i < line; i++) {
      // Most significant bytes first.
      for (let b = 0; b < width; b++) out[start + b * line + i] = bytes[start + i * width + (width - 1 - b)];
    }
    for (let i = start + line * width - 1; i >= start + bands; i--) out[i] -= out[i - bands];
  }
  return out;
}
