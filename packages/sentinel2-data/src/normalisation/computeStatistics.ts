import { type ImageSet, LulcError, random, type ScalingStatistics } from '@lulc/core';

/** How statistics are measured. */
export interface ComputeStatisticsOptions {
  /** Name of the result. Default: the dataset's name and split, e.g. `'eurosat-rgb train'`. */
  readonly name?: string;
  /** Look only at so many samples, drawn evenly at random with a fixed seed. Default: all. */
  readonly samples?: number;
  /** Called after each sample with how many are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Samples that are read at the same time. */
const readAhead = 8;

/**
 * Mean and standard deviation (of the population) of every band over all pixels of a set of images, in one pass: the moments
 * of the images are merged, so that large sets lose no precision. Use the training part only.
 *
 * @param images what to measure, labelled or not
 * @param options name and number of samples
 * @throws LulcError `invalid-argument` (empty dataset), `nodata` (a band is constant), and what reading throws
 */
export async function computeStatistics(
  images: ImageSet,
  options: ComputeStatisticsOptions = {},
): Promise<ScalingStatistics> {
  const { info } = images;
  const total = Math.min(options.samples ?? images.length, images.length);
  if (!(total >= 1)) throw new LulcError('invalid-argument', 'statistics need at least one sample');
  const chosen =
    total === images.length ? undefined : random(0x57a7, images.length).permutation(images.length).subarray(0, total);
  const bands = info.bands.length;
  const mean = new Float64Array(bands);
  const squares = new Float64Array(bands);
  const sums = new Float64Array(bands);
  let count = 0;
  for (let start = 0; start < total; start += readAhead) {
    const indices = Array.from(
      { length: Math.min(readAhead, total - start) },
      (_, i) => chosen?.[start + i] ?? start + i,
    );
    for (const { image } of await Promise.all(indices.map((index) => images.get(index)))) {
      const { data } = image;
      const pixels = data.length / bands;
      for (let band = 0; band < bands; band++) {
        let sum = 0;
        for (let i = band; i < data.length; i += bands) sum += data[i];
        const own = sum / pixels;
        let ownSquares = 0;
        for (let i = band; i < data.length; i += bands) ownSquares += (data[i] - own) ** 2;
        const delta = own - mean[band];
        mean[band] += (delta * pixels) / (count + pixels);
        squares[band] += ownSquares + (delta * delta * count * pixels) / (count + pixels);
        sums[band] += sum;
      }
      count += pixels;
    }
    options.onProgress?.(start + indices.length, total);
  }
  const std = Array.from(squares, (square) => Math.sqrt(square / count));
  const constant = std.findIndex((value) => !(value > 0));
  if (constant >= 0) {
    throw new LulcError('nodata', 'a band has the same value everywhere', { where: { band: info.bands[constant] } });
  }
  return {
    name: options.name ?? `${info.name} ${info.split}`,
    mean: Array.from(sums, (sum) => sum / count),
    std,
  };
}
