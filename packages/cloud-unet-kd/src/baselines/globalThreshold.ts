import { LulcError } from '@lulc/core';
import { ignoreLabel, type SegmentationDataset } from '@lulc/core/segmentation';
import { floatLevels, integerLevels, type Levels } from '../fingerprint/valueHistogram.js';
import { curvesOf } from '../metrics/curves.js';
import { brightness, type CloudBaseline, holdsData, pixelRule } from './baseline.js';
import { channelNames, type FittedBaseline } from './relativeBrightness.js';

/** Options of {@link globalThreshold}. */
export interface GlobalThresholdOptions {
  /** Channels whose mean is the brightness: blue, say, or red, green and blue. */
  readonly channels: readonly number[];
  /** A pixel is cloud when its brightness is at least this, in the units of the images. */
  readonly threshold: number;
}

/**
 * Cloud is what is brighter than one number, the same for every image.
 *
 * @param options channels and threshold
 * @throws LulcError `invalid-argument` for a threshold that is not finite
 */
export function globalThreshold({ channels, threshold }: GlobalThresholdOptions): CloudBaseline {
  if (!Number.isFinite(threshold)) {
    throw new LulcError('invalid-argument', `a threshold must be finite, got ${threshold}`, {
      where: { option: 'threshold' },
    });
  }
  return {
    name: `${channelNames(channels)} at least ${threshold}`,
    predict: (image) => {
      const of = brightness(image, channels);
      return pixelRule(image, (pixel) => of(pixel) >= threshold);
    },
  };
}

/**
 * The {@link globalThreshold} with the largest Jaccard over all pixels of a dataset together, in one pass and fixed memory:
 * cloudy and clear pixels are counted by brightness. Every value is tried for one channel of integers; else thresholds lie
 * about a 500th of their value apart.
 *
 * @param dataset images with masks: of the training split, so that the scores of another one are honest
 * @param options channels, and the classes that are cloud (default `[1]`)
 * @throws LulcError `incompatible` when the dataset has no cloud, or nothing else
 * @example
 * ```ts
 * // not run: needs two datasets
 * import { cloudMetrics, evaluateBaseline, fitGlobalThreshold } from '@lulc/cloud-unet-kd';
 * import type { SegmentationDataset } from '@lulc/core/segmentation';
 *
 * async function printScores(train: SegmentationDataset, test: SegmentationDataset): Promise<void> {
 *   const { baseline, chosen } = await fitGlobalThreshold(train, { channels: [2] });
 *   const { micro } = await evaluateBaseline(baseline, test, cloudMetrics());
 *   console.log(chosen, micro.jaccard);
 * }
 * ```
 */
export async function fitGlobalThreshold(
  dataset: SegmentationDataset,
  options: { readonly channels: readonly number[]; readonly cloud?: readonly number[] },
): Promise<FittedBaseline> {
  const { channels, cloud = [1] } = options;
  let levels: Levels | undefined;
  let counts = { cloud: new Float64Array(0), clear: new Float64Array(0) };
  for (let index = 0; index < dataset.length; index++) {
    const { image, mask } = await dataset.get(index);
    const exact = channels.length === 1 && !(image.data instanceof Float32Array);
    if (levels === undefined) {
      levels = exact ? integerLevels : floatLevels;
      counts = { cloud: new Float64Array(levels.count), clear: new Float64Array(levels.count) };
    } else if (exact !== (levels === integerLevels)) {
      throw new LulcError('incompatible', 'integers and floats are mixed', { where: { sample: index } });
    }
    const of = brightness(image, channels);
    for (let pixel = 0; pixel < mask.data.length; pixel++) {
      const label = mask.data[pixel];
      if (label === ignoreLabel || !holdsData(image, pixel, image.shape[2])) continue;
      counts[cloud.includes(label) ? 'cloud' : 'clear'][levels.levelOf(of(pixel))]++;
    }
  }
  const { from } = levels ?? integerLevels;
  const used = Array.from(counts.cloud.keys()).filter((level) => counts.cloud[level] + counts.clear[level] > 0);
  const { threshold, jaccard } = curvesOf({
    levels: used.map(from),
    cloud: used.map((level) => counts.cloud[level]),
    clear: used.map((level) => counts.clear[level]),
  }).best;
  return { baseline: globalThreshold({ channels, threshold }), chosen: threshold, jaccard };
}
