import {
  fixedNormalization,
  type ImageArray,
  type Normalization,
  needsStatistics,
  normalizeImage,
  type ResolvedNormalization,
  resolveWithStatistics,
  type Scene,
  type ScenePixels,
  statisticsOfParts,
  validPixels,
} from '@lulc/core';

/** Rows that are read at once for statistics. */
const rowsAtOnce = 256;

/**
 * A normalisation with the numbers of a scene filled in: one pass over it when they are needed, none when they are given.
 *
 * @param scene the scene
 * @param normalization one entry per band; what is of "the image" is of all pixels with data, by the scene and by the
 *   normalisation's own `nodata`
 * @param onRows told how many rows are done, after each part
 */
export async function sceneNormalization(
  scene: Scene,
  normalization: Normalization,
  onRows: (rows: number) => void,
): Promise<ResolvedNormalization> {
  if (!needsStatistics(normalization)) return resolveWithStatistics(normalization, undefined);
  const [height, columns] = scene.size;
  const seen = statisticsOfParts(scene.bands.length);
  let pixels = 0;
  const nodata = normalization.map((band) => (band.scheme === 'fixed' ? undefined : band.nodata));
  for (let top = 0; top < height; top += rowsAtOnce) {
    const rows = Math.min(rowsAtOnce, height - top);
    const { image, valid } = await scene.read({ top, left: 0, rows, columns });
    const counted = whole(image, valid, nodata);
    seen.add(image, counted.includes(0) ? counted : undefined);
    pixels += counted.indexOf(1) + 1;
    onRows(top + rows);
  }
  // A scene without data is never looked at again.
  const none = { mean: scene.bands.map(() => 0), std: scene.bands.map(() => 1) };
  return pixels === 0
    ? resolveWithStatistics(fixedNormalization(none), undefined)
    : resolveWithStatistics(normalization, seen.statistics());
}

/** Pixels with data of which all bands are numbers. */
function whole(image: ImageArray, valid: Uint8Array, nodata: readonly (number | undefined)[]): Uint8Array {
  const { data, shape } = image;
  const counted = validPixels(image, nodata).map((isValid, pixel) => isValid & valid[pixel]);
  if (!(data instanceof Float32Array)) return counted;
  const bands = shape[2];
  for (let i = 0; i < data.length; i++) if (Number.isNaN(data[i])) counted[Math.floor(i / bands)] = 0;
  return counted;
}

/**
 * The numbers that a network sees; what is not a number becomes 0, the mean.
 *
 * @param pixels of a scene
 * @param resolved from {@link sceneNormalization}
 * @param out where to write, as many values as the image has
 * @returns `out`
 */
export function normalizedPixels(
  { image }: ScenePixels,
  resolved: ResolvedNormalization,
  out: Float32Array,
): Float32Array {
  const values = normalizeImage(image, resolved, out);
  if (image.data instanceof Float32Array) {
    for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) values[i] = 0;
  }
  return values;
}
