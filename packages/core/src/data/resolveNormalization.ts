import { LulcError } from '../errors/lulcError.js';
import { type ImageStatistics, imageStatistics } from './imageStatistics.js';
import type { BandNormalization, Normalization } from './normalization.js';
import { validPixels } from './sceneParts.js';
import type { ImageArray, ScalingStatistics } from './types.js';

/** A normalization with the numbers of one image filled in: values are clipped, then become `(x − mean) / std`. */
export interface ResolvedNormalization {
  /** Of each band; what is 0 afterwards is its mean. */
  readonly scaling: ScalingStatistics;
  /** Per band, the lowest and the highest value that is kept; absent when nothing is cut off anywhere. */
  readonly clip?: readonly (readonly [low: number, high: number] | undefined)[] | undefined;
}

/** Deviations and ranges are at least this: an even image becomes 0, not infinite (nnU-Net's 1e-8). */
const leastStd = 1e-8;

/** Names of what can be done to a band. */
export const normalizationSchemes: readonly BandNormalization['scheme'][] = ['image-z-score', 'image-min-max', 'fixed'];

/**
 * The same scheme for every band.
 *
 * @param scheme computed from each image
 * @param bands number of bands
 * @param nodata pixels that hold this in every band do not count; default: all do
 * @returns one entry per band
 */
export function imageNormalization(
  scheme: 'image-z-score' | 'image-min-max',
  bands: number,
  nodata?: number,
): Normalization {
  return Array.from({ length: bands }, () => ({ scheme, ...(nodata === undefined ? {} : { nodata }) }));
}

/**
 * Statistics as a normalization: fixed numbers, nothing cut off.
 *
 * @param scaling mean and deviation of every band
 * @returns one entry per band
 */
export function fixedNormalization({ mean, std }: Pick<ScalingStatistics, 'mean' | 'std'>): Normalization {
  return mean.map((value, band) => ({ scheme: 'fixed', mean: value, std: std[band] }));
}

/**
 * A normalization as plain statistics, the way cards and loaders know them.
 *
 * @param normalization any
 * @param name name of the result
 * @returns `undefined` unless every band is fixed and nothing is cut off
 */
export function scalingOfNormalization(normalization: Normalization, name = 'fixed'): ScalingStatistics | undefined {
  const lines = normalization.flatMap((band) =>
    band.scheme === 'fixed' && band.clip === undefined ? [[band.mean, band.std] as const] : [],
  );
  if (lines.length < normalization.length) return undefined;
  return { name, mean: lines.map(([mean]) => mean), std: lines.map(([, std]) => std) };
}

/**
 * Checks a normalization, e.g. one from a plan or a configuration file.
 *
 * @param normalization what to check
 * @param bands number of bands of the images it is for
 * @throws LulcError `shape-mismatch` for another number of bands, `invalid-argument` for a scheme there is not, a deviation
 * that is not above 0, or limits that are not in order
 */
export function checkNormalization(normalization: Normalization, bands: number): void {
  if (normalization.length !== bands) {
    throw new LulcError('shape-mismatch', `a normalization of ${normalization.length} bands, data with ${bands}`);
  }
  normalization.forEach((entry, band) => {
    const wrong = normalizationFault(entry);
    if (wrong !== undefined) throw new LulcError('invalid-argument', `normalization: ${wrong}`, { where: { band } });
  });
}

/**
 * What is wrong with the normalization of a band.
 *
 * @param entry one band's
 * @returns `undefined` when nothing is
 */
export function normalizationFault(entry: BandNormalization): string | undefined {
  if (!normalizationSchemes.includes(entry.scheme)) return `scheme must be one of ${normalizationSchemes.join(', ')}`;
  if (entry.scheme !== 'fixed') {
    return entry.nodata === undefined || Number.isFinite(entry.nodata) ? undefined : 'nodata must be a finite number';
  }
  const { mean, std, clip } = entry;
  if (!Number.isFinite(mean) || !(std > 0) || !Number.isFinite(std)) return 'mean must be finite and std above 0';
  if (clip !== undefined && !(clip.length === 2 && clip.every(Number.isFinite) && clip[0] < clip[1])) {
    return 'clip must be two numbers [low, high], in order';
  }
  return undefined;
}

/**
 * Fills in the numbers of one image: what it takes to normalise the image itself, a view of it, or a tile of the scene it is.
 *
 * @param normalization one entry per band
 * @param image the image as stored; the whole of it, even where only a part is to be normalised
 * @param valid `height · width` values, other than 0 for pixels that count in the statistics; default: those with data, by the
 *   normalization's `nodata`
 * @returns scaling and limits of every band
 * @throws LulcError `shape-mismatch` for other bands, `nodata` when statistics are needed and no pixel counts
 * @example
 * ```ts
 * import { normalizeImage, resolveNormalization } from '@lulc/core';
 *
 * const image = { data: Uint16Array.of(100, 300), shape: [1, 2, 1] } as const;
 * const resolved = resolveNormalization([{ scheme: 'image-z-score' }], image);
 * console.log(resolved.scaling.mean, resolved.scaling.std); // [200] [100]
 * console.log([...normalizeImage(image, resolved)]); // [-1, 1]
 * ```
 */
export function resolveNormalization(
  normalization: Normalization,
  image: ImageArray,
  valid?: ArrayLike<number>,
): ResolvedNormalization {
  if (normalization.length !== image.shape[2]) {
    throw new LulcError(
      'shape-mismatch',
      `an image of ${image.shape[2]} bands, a normalization of ${normalization.length}`,
    );
  }
  return resolveWithStatistics(
    normalization,
    needsStatistics(normalization) ? imageStatistics(image, valid ?? withData(normalization, image)) : undefined,
  );
}

/** Pixels that are not without data, by the normalization itself; `undefined` when all count. */
function withData(normalization: Normalization, image: ImageArray): Uint8Array | undefined {
  const nodata = normalization.map((entry) => (entry.scheme === 'fixed' ? undefined : entry.nodata));
  if (nodata.includes(undefined)) return undefined;
  const valid = validPixels(image, nodata);
  return valid.includes(1) ? valid : undefined;
}

/**
 * Whether a normalization depends on the image.
 *
 * @param normalization one entry per band
 * @returns false when every band is fixed
 */
export function needsStatistics(normalization: Normalization): boolean {
  return normalization.some(({ scheme }) => scheme !== 'fixed');
}

/**
 * Fills in statistics that are already known, e.g. those of a scene that was read in parts (`statisticsOfParts`).
 *
 * @param normalization one entry per band
 * @param statistics of the image; not needed when every band is fixed
 * @returns scaling and limits of every band
 * @throws LulcError `invalid-argument` when statistics are needed and not there, `shape-mismatch` for other bands
 */
export function resolveWithStatistics(
  normalization: Normalization,
  statistics: ImageStatistics | undefined,
): ResolvedNormalization {
  if (statistics === undefined && needsStatistics(normalization)) {
    throw new LulcError('invalid-argument', 'this normalization needs the statistics of the image');
  }
  if (statistics !== undefined && statistics.mean.length !== normalization.length) {
    throw new LulcError(
      'shape-mismatch',
      `statistics of ${statistics.mean.length} bands, a normalization of ${normalization.length}`,
    );
  }
  const lines = normalization.map((entry, band) => lineOf(entry, statistics, band));
  const clip = normalization.map((entry) => (entry.scheme === 'fixed' ? entry.clip : undefined));
  return {
    scaling: {
      name: [...new Set(normalization.map(({ scheme }) => scheme))].join(', '),
      mean: lines.map(([mean]) => mean),
      std: lines.map(([, std]) => std),
    },
    ...(clip.some((limits) => limits !== undefined) ? { clip } : {}),
  };
}

/** What is subtracted and what is divided by. */
function lineOf(
  entry: BandNormalization,
  statistics: ImageStatistics | undefined,
  band: number,
): readonly [mean: number, std: number] {
  if (entry.scheme === 'fixed' || statistics === undefined) {
    return entry.scheme === 'fixed' ? [entry.mean, entry.std] : [0, 1];
  }
  const { mean, std, min, max } = statistics;
  return entry.scheme === 'image-z-score'
    ? [mean[band], Math.max(std[band], leastStd)]
    : [min[band], Math.max(max[band] - min[band], leastStd)];
}

/**
 * Brings an image to the numbers that a network sees.
 *
 * @param image as stored
 * @param resolved what to do to each band
 * @param out where to write, as many values as the image has; default: new memory
 * @returns `out`: `[height, width, bands]` values, interleaved as the image's
 * @throws LulcError `shape-mismatch` when `out` or the normalization does not have the image's values or bands
 */
export function normalizeImage(
  { data, shape }: ImageArray,
  { scaling: { mean, std }, clip }: ResolvedNormalization,
  out: Float32Array = new Float32Array(data.length),
): Float32Array {
  const bands = shape[2];
  if (out.length !== data.length || mean.length !== bands) {
    throw new LulcError(
      'shape-mismatch',
      `an image of ${data.length} values in ${bands} bands, normalised by ${mean.length} bands into ${out.length} values`,
    );
  }
  for (let band = 0; band < bands; band++) {
    const [low, high] = clip?.[band] ?? [-Infinity, Infinity];
    for (let i = band; i < data.length; i += bands) {
      out[i] = (Math.min(high, Math.max(low, data[i])) - mean[band]) / std[band];
    }
  }
  return out;
}

/**
 * An image whose values are brought within limits.
 *
 * @param image as stored
 * @param clip per band, the lowest and the highest value that is kept
 * @returns the image itself without limits, else a copy
 */
export function clippedImage(image: ImageArray, clip: ResolvedNormalization['clip']): ImageArray {
  if (clip === undefined) return image;
  const bands = image.shape[2];
  const mean = new Array<number>(bands).fill(0);
  const std = new Array<number>(bands).fill(1);
  return { data: normalizeImage(image, { scaling: { name: 'clip', mean, std }, clip }), shape: image.shape };
}
