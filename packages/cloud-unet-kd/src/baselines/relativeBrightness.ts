import type { ImageArray } from '@lulc/core';
import { LulcError } from '@lulc/core';
import { ignoreLabel, type SegmentationDataset } from '@lulc/core/segmentation';
import { curvesOf } from '../metrics/curves.js';
import { brightness, type CloudBaseline, holdsData, pixelRule } from './baseline.js';

/** Options of {@link relativeBrightness}. */
export interface RelativeBrightnessOptions {
  /** Channels whose mean is the brightness: the panchromatic band in the published code, else red, green and blue. */
  readonly channels: readonly number[];
  /** Share of the way from the darkest to the brightest pixel of the image, 0 … 1. */
  readonly share: number;
}

/**
 * Cloud is what is brighter than a share of the way from the darkest to the brightest pixel of the image itself (spec 8;
 * KP Labs' hypernet, 2021). An image always has a brightest pixel, so one without cloud is given some.
 *
 * @param options channels and share
 * @throws LulcError `invalid-argument` for a share outside 0 … 1
 * @example
 * ```ts
 * import { relativeBrightness } from '@lulc/cloud-unet-kd';
 *
 * const image = { data: Uint16Array.of(0, 100, 500, 1100), shape: [1, 4, 1] as const };
 * console.log(relativeBrightness({ channels: [0], share: 0.5 }).predict(image)); // Uint8Array(4) [ 255, 0, 0, 1 ]
 * ```
 */
export function relativeBrightness({ channels, share }: RelativeBrightnessOptions): CloudBaseline {
  if (!(share >= 0 && share <= 1)) {
    throw new LulcError('invalid-argument', `a share must be within 0 … 1, got ${share}`, {
      where: { option: 'share' },
    });
  }
  return {
    name: `relative brightness of ${channelNames(channels)}, share ${share}`,
    predict: (image) => {
      const of = brightness(image, channels);
      const threshold = thresholdOf(range(image, of), share);
      return pixelRule(image, (pixel) => of(pixel) >= threshold);
    },
  };
}

/** What was chosen on a dataset. */
export interface FittedBaseline {
  /** The rule. */
  readonly baseline: CloudBaseline;
  /** The number that was chosen: a share, or a brightness. */
  readonly chosen: number;
  /** Jaccard of all pixels of the dataset together, with that number. */
  readonly jaccard: number;
}

/** Steps from 0 to 1 in which the share is tried. */
const shareSteps = 20;

/**
 * The share of {@link relativeBrightness} with the largest Jaccard over all pixels of a dataset together, in one pass: 0,
 * 0.05 … 1 are tried.
 *
 * @param dataset images with masks
 * @param options channels, and the classes that are cloud (default `[1]`)
 * @throws LulcError `incompatible` when the dataset has no cloud, or nothing else
 */
export async function fitRelativeBrightness(
  dataset: SegmentationDataset,
  options: { readonly channels: readonly number[]; readonly cloud?: readonly number[] },
): Promise<FittedBaseline> {
  const { channels, cloud = [1] } = options;
  const levels = Array.from({ length: shareSteps + 1 }, (_, step) => step / shareSteps);
  const counts = { cloud: levels.map(() => 0), clear: levels.map(() => 0) };
  for (let index = 0; index < dataset.length; index++) {
    const { image, mask } = await dataset.get(index);
    const of = brightness(image, channels);
    const extent = range(image, of);
    const thresholds = levels.map((share) => thresholdOf(extent, share));
    for (const [pixel, label] of mask.data.entries()) {
      if (label === ignoreLabel || !holdsData(image, pixel, image.shape[2])) continue;
      const value = of(pixel);
      const level = thresholds.findLastIndex((threshold) => value >= threshold);
      counts[cloud.includes(label) ? 'cloud' : 'clear'][level]++;
    }
  }
  const { threshold: share, jaccard } = curvesOf({ levels, ...counts }).best;
  return { baseline: relativeBrightness({ channels, share }), chosen: share, jaccard };
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** Darkest and brightest of the pixels that hold data. */
function range(image: ImageArray, of: (pixel: number) => number): Range {
  const [height, width, bands] = image.shape;
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let pixel = 0; pixel < height * width; pixel++) {
    if (!holdsData(image, pixel, bands)) continue;
    min = Math.min(min, of(pixel));
    max = Math.max(max, of(pixel));
  }
  return { min, max };
}

/** At the ends exactly the extremes, whatever rounding says between. */
const thresholdOf = ({ min, max }: Range, share: number): number => (share === 1 ? max : min + share * (max - min));

/** Channels in words. */
export const channelNames = (channels: readonly number[]): string =>
  channels.length === 1 ? `channel ${channels[0]}` : `the mean of channels ${channels.join(', ')}`;
