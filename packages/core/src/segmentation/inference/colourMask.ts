import { ignoreLabel, type MaskArray } from '../../data/segmentation.js';
import { LulcError } from '../../errors/lulcError.js';

/** Red, green and blue, 0 to 255. */
export type Colour = readonly [number, number, number];

/**
 * A picture of a class map, ready for an `ImageData` or a PNG writer. Pixels without a class are transparent.
 *
 * @param mask class indices, or 255
 * @param palette one colour per class, in class order
 * @returns `height · width · 4` values, row-major: red, green, blue, opacity
 * @throws LulcError `invalid-argument` for a class without a colour
 * @example
 * ```ts
 * import { colourMask } from '@lulc/core/segmentation';
 *
 * const mask = { data: Uint8Array.of(0, 1, 255), shape: [1, 3] } as const;
 * console.log(String(colourMask(mask, [[0, 100, 0], [0, 0, 200]]))); // 0,100,0,255,0,0,200,255,0,0,0,0
 * ```
 */
export function colourMask({ data }: MaskArray, palette: readonly Colour[]): Uint8ClampedArray {
  const picture = new Uint8ClampedArray(4 * data.length);
  data.forEach((label, pixel) => {
    if (label === ignoreLabel) return;
    const colour = palette[label];
    if (colour === undefined) {
      throw new LulcError('invalid-argument', `class ${label} has no colour; there are ${palette.length}`, {
        where: { pixel },
      });
    }
    picture.set([...colour, 255], 4 * pixel);
  });
  return picture;
}
