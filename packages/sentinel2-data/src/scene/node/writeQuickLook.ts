import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { LulcError, requireCount, requireShare, type Scene } from '@lulc/core';
import { bandIndices } from '../../bands/selectBands.js';
import { loadSharp } from '../../raster/node/readImage.js';
import { overlay, reduceScene, stretched } from '../quickLook.js';

/** Options of {@link writeQuickLook}. */
export interface QuickLookOptions {
  /** PNG to make or replace; its folder is made when there is none. */
  readonly path: string;
  /** The scene. */
  readonly scene: Scene;
  /**
   * A map of the scene to paint over it, of the same size and one band: 0 where nothing is painted, 1 where it is. A mask that was
   * written as a GeoTIFF is opened with `openScene`.
   */
  readonly mask?: Scene;
  /** Bands for red, green and blue, or one for grey. Default: `B04`, `B03`, `B02` if there are, else the first three, else the first. */
  readonly bands?: readonly string[];
  /**
   * Most pixels on either side; the scene is reduced by a whole number.
   * @defaultValue 1024
   */
  readonly maxSize?: number;
  /**
   * Red, green and blue of the mask, 0 to 255.
   * @defaultValue `[255, 80, 0]`
   */
  readonly colour?: readonly [number, number, number];
  /**
   * How much of the scene the mask hides, [0, 1).
   * @defaultValue 0.5
   */
  readonly opacity?: number;
}

/**
 * Writes a small picture of a scene, with a mask painted over it when there is one: bands averaged over squares of pixels, each
 * stretched between the second and the ninety-eighth percentile. The scene is read once, in strips. What has no data is
 * transparent.
 *
 * @param options scene, mask and how to draw
 * @returns `[height, width]` of the picture
 * @throws LulcError `unknown-name` (a band), `shape-mismatch` for a mask of another size, `invalid-argument`; whatever the
 *   scenes throw
 * @example
 * ```ts
 * // not run: needs a scene
 * import { openScene, writeQuickLook } from '@lulc/sentinel2-data/node';
 *
 * const scene = await openScene({ path: 'T32TQM_20230604' });
 * const mask = await openScene({ path: 'clouds.tif' });
 * console.log(await writeQuickLook({ path: 'clouds.png', scene, mask })); // [998, 998]
 * ```
 */
export async function writeQuickLook(options: QuickLookOptions): Promise<readonly [number, number]> {
  const { scene, mask, maxSize = 1024, colour = [255, 80, 0], opacity = 0.5 } = options;
  requireCount({ maxSize });
  requireShare({ opacity });
  if (mask !== undefined && (mask.size[0] !== scene.size[0] || mask.size[1] !== scene.size[1])) {
    throw new LulcError(
      'shape-mismatch',
      `a mask of ${mask.size.join(' x ')} for a scene of ${scene.size.join(' x ')}`,
    );
  }
  const factor = Math.ceil(Math.max(...scene.size) / maxSize);
  const reduced = await reduceScene(scene, factor, colourBands(scene, options.bands));
  const picture = stretched(reduced);
  if (mask !== undefined) overlay(picture, await reduceScene(mask, factor, [0]), colour, opacity);
  const [height, width] = reduced.size;
  const sharp = await loadSharp();
  await mkdir(path.dirname(options.path), { recursive: true });
  await sharp(picture, { raw: { width, height, channels: 4 } })
    .png()
    .toFile(options.path);
  return reduced.size;
}

function colourBands({ bands }: Scene, wanted: readonly string[] | undefined): readonly number[] {
  if (wanted !== undefined) {
    if (wanted.length === 1 || wanted.length === 3) return bandIndices(bands, wanted);
    throw new LulcError('invalid-argument', `${wanted.length} bands for a picture: it has three, or one for grey`, {
      where: { option: 'bands' },
    });
  }
  const natural = ['B04', 'B03', 'B02'];
  if (natural.every((band) => bands.includes(band))) return bandIndices(bands, natural);
  return bands.length < 3 ? [0] : [0, 1, 2];
}
