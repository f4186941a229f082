import { LulcError } from '../errors/lulcError.js';
import type { GeoReference, Scene } from './scene.js';
import { requireInside, validPixels } from './sceneParts.js';
import type { ImageArray } from './types.js';

/** What an image in memory is beside its pixels. */
export interface ImageSceneOptions {
  /** Band names in channel order. */
  readonly bands: readonly string[];
  /** Value that means "no data": pixels that have it in every band. Default: all pixels have data. */
  readonly nodata?: number;
  /** Where it lies. */
  readonly geo?: GeoReference;
}

/**
 * An image in memory as a scene, so that whatever works on scenes works on it, in browsers, too.
 *
 * @param image the pixels, in native units
 * @param options names of the bands, and what is known of it
 * @throws LulcError `shape-mismatch` when data or names do not fit the shape; reading throws `invalid-argument` for a window
 *   that is not inside
 * @example
 * ```ts
 * import { imageScene } from '@lulc/core';
 *
 * const scene = imageScene({ data: Uint16Array.of(0, 7, 8, 9), shape: [2, 2, 1] }, { bands: ['B02'], nodata: 0 });
 * const { image, valid } = await scene.read({ top: 0, left: 0, rows: 1, columns: 2 });
 * console.log(String(image.data), String(valid)); // 0,7 0,1
 * ```
 */
export function imageScene(image: ImageArray, { bands, nodata, geo }: ImageSceneOptions): Scene {
  const [height, width, channels] = image.shape;
  if (bands.length !== channels || image.data.length !== height * width * channels) {
    throw new LulcError(
      'shape-mismatch',
      `${bands.length} bands and ${image.data.length} values for an image of [${image.shape.join(',')}]`,
    );
  }
  return {
    size: [height, width],
    bands,
    geo,
    read: async (window) => {
      const { top, left, rows, columns } = requireInside(window, [height, width]);
      const line = columns * channels;
      const data = image.data.slice(0, rows * line);
      for (let y = 0; y < rows; y++) {
        const from = ((top + y) * width + left) * channels;
        data.set(image.data.subarray(from, from + line), y * line);
      }
      const part: ImageArray = { data, shape: [rows, columns, channels] };
      return {
        image: part,
        valid: validPixels(
          part,
          bands.map(() => nodata),
        ),
      };
    },
    close: async () => {},
  };
}
