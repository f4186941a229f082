import { LulcError } from '../errors/lulcError.js';
import type { ImageArray } from './types.js';

/** What the values of every band of an image are like; lists have one number per band. */
export interface ImageStatistics {
  /** Pixels that were looked at. */
  readonly pixels: number;
  /** Mean of each band. */
  readonly mean: readonly number[];
  /** Standard deviation of each band, of the population. */
  readonly std: readonly number[];
  /** Least value of each band. */
  readonly min: readonly number[];
  /** Greatest value of each band. */
  readonly max: readonly number[];
}

/** Statistics of an image that comes in parts. */
export interface StatisticsOfParts {
  /**
   * @param image a part: `[rows, columns, bands]`
   * @param valid `rows · columns` values, other than 0 where a pixel counts; default: all do
   * @throws LulcError `shape-mismatch` for other bands, or as many values of `valid` as there are not pixels
   */
  add(image: ImageArray, valid?: ArrayLike<number>): void;
  /**
   * Of everything added so far.
   *
   * @throws LulcError `nodata` when no pixel counted
   */
  statistics(): ImageStatistics;
}

/**
 * Mean, standard deviation (of the population), least and greatest value of every band over an image that is seen part by
 * part. The moments of the parts are merged, so that a scene of any size loses no precision.
 *
 * @param bands number of bands
 * @returns what takes the parts
 * @example
 * ```ts
 * import { statisticsOfParts } from '@lulc/core';
 *
 * const seen = statisticsOfParts(1);
 * seen.add({ data: Uint8Array.of(1, 2), shape: [1, 2, 1] });
 * seen.add({ data: Uint8Array.of(3, 200), shape: [1, 2, 1] }, [1, 0]); // the last pixel does not count
 * console.log(seen.statistics().mean[0], seen.statistics().max[0]); // 2 3
 * ```
 */
export function statisticsOfParts(bands: number): StatisticsOfParts {
  const mean = new Float64Array(bands);
  const squares = new Float64Array(bands);
  const min = new Float64Array(bands).fill(Number.POSITIVE_INFINITY);
  const max = new Float64Array(bands).fill(Number.NEGATIVE_INFINITY);
  let pixels = 0;
  return {
    add: (image, valid) => {
      checkPart(image, bands, valid);
      const { data } = image;
      const places = valid === undefined ? undefined : validPlaces(valid);
      const count = places?.length ?? data.length / bands;
      if (count === 0) return;
      for (let band = 0; band < bands; band++) {
        let sum = 0;
        for (let i = 0; i < count; i++) {
          const value = data[(places === undefined ? i : places[i]) * bands + band];
          sum += value;
          if (value < min[band]) min[band] = value;
          if (value > max[band]) max[band] = value;
        }
        const own = sum / count;
        let ownSquares = 0;
        for (let i = 0; i < count; i++) {
          const distance = data[(places === undefined ? i : places[i]) * bands + band] - own;
          ownSquares += distance * distance;
        }
        const delta = own - mean[band];
        mean[band] += (delta * count) / (pixels + count);
        squares[band] += ownSquares + (delta * delta * pixels * count) / (pixels + count);
      }
      pixels += count;
    },
    statistics: () => {
      if (pixels === 0) throw new LulcError('nodata', 'no pixel of the image counts, so it has no statistics');
      return {
        pixels,
        mean: Array.from(mean),
        std: Array.from(squares, (square) => Math.sqrt(square / pixels)),
        min: Array.from(min),
        max: Array.from(max),
      };
    },
  };
}

/**
 * Mean, standard deviation (of the population), least and greatest value of every band of an image.
 *
 * @param image the image as stored
 * @param valid `height · width` values, other than 0 where a pixel counts; default: all do
 * @returns what its bands are like
 * @throws LulcError `nodata` when no pixel counts, `shape-mismatch` when there are not as many values of `valid` as pixels
 */
export function imageStatistics(image: ImageArray, valid?: ArrayLike<number>): ImageStatistics {
  const whole = statisticsOfParts(image.shape[2]);
  whole.add(image, valid);
  return whole.statistics();
}

function checkPart({ data, shape }: ImageArray, bands: number, valid: ArrayLike<number> | undefined): void {
  const pixels = data.length / bands;
  if (shape[2] === bands && (valid === undefined || valid.length === pixels)) return;
  throw new LulcError(
    'shape-mismatch',
    shape[2] === bands
      ? `${valid?.length} values of what is valid for ${pixels} pixels`
      : `an image of ${shape[2]} bands where ${bands} are expected`,
  );
}

function validPlaces(valid: ArrayLike<number>): Uint32Array {
  const places = new Uint32Array(valid.length);
  let count = 0;
  for (let i = 0; i < valid.length; i++) if (valid[i] !== 0) places[count++] = i;
  return places.subarray(0, count);
}
