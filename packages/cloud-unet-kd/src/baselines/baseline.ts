import type { ImageArray } from '@lulc/core';
import { LulcError } from '@lulc/core';
import { ignoreLabel, type SegmentationDataset } from '@lulc/core/segmentation';
import type { CloudMetrics, CloudReport } from '../metrics/cloudMetrics.js';

/** A rule that tells cloud from clear without having learnt what clouds look like. */
export interface CloudBaseline {
  /** What the rule is, with its numbers, to be told beside its scores. */
  readonly name: string;
  /**
   * Applies the rule.
   *
   * @param image as stored
   * @returns per pixel 1 (cloud), 0 (clear), or 255 where every band is 0: no data
   * @throws LulcError `shape-mismatch` when the image lacks a channel that the rule reads
   */
  predict(image: ImageArray): Uint8Array;
}

/**
 * Scores a rule on a dataset, one image at a time.
 *
 * @param baseline any
 * @param dataset images with masks; `meta.group` is the location or scene, for the mean over groups
 * @param metrics of `cloudMetrics`, with what is cloud and what to report
 * @returns the report of the metrics
 * @throws LulcError what reading a sample and the rule throw
 * @example
 * ```ts
 * // not run: needs a dataset
 * import { braatenCohenYang, cloudMetrics, evaluateBaseline } from '@lulc/cloud-unet-kd';
 * import type { SegmentationDataset } from '@lulc/core/segmentation';
 *
 * async function printScores(chips: SegmentationDataset): Promise<void> {
 *   const rule = braatenCohenYang({ channels: { red: 0, green: 1 }, scale: 1e-4 });
 *   const { micro } = await evaluateBaseline(rule, chips, cloudMetrics());
 *   console.log(rule.name, micro.jaccard);
 * }
 * ```
 */
export async function evaluateBaseline(
  baseline: CloudBaseline,
  dataset: SegmentationDataset,
  metrics: CloudMetrics,
): Promise<CloudReport> {
  for (let index = 0; index < dataset.length; index++) {
    const { image, mask, meta } = await dataset.get(index);
    metrics.update({
      id: meta.id,
      group: typeof meta.group === 'string' ? meta.group : undefined,
      shape: mask.shape,
      truth: mask.data,
      predicted: baseline.predict(image),
    });
  }
  return metrics.report();
}

/** Applies a test to every pixel that holds data. */
export function pixelRule(image: ImageArray, isCloud: (pixel: number) => boolean): Uint8Array {
  const [height, width, bands] = image.shape;
  return Uint8Array.from({ length: height * width }, (_, pixel) =>
    holdsData(image, pixel, bands) ? Number(isCloud(pixel)) : ignoreLabel,
  );
}

/** Whether any band of a pixel is not 0. */
export function holdsData({ data }: ImageArray, pixel: number, bands: number): boolean {
  for (let i = pixel * bands; i < (pixel + 1) * bands; i++) if (data[i] !== 0) return true;
  return false;
}

/** How bright pixels are: the mean of some channels, as a float32 so that it is on one side of a threshold everywhere. */
export function brightness(image: ImageArray, channels: readonly number[]): (pixel: number) => number {
  const { data, shape } = image;
  requireChannels(image, channels);
  return (pixel) => {
    let sum = 0;
    for (const channel of channels) sum += data[pixel * shape[2] + channel];
    return Math.fround(sum / channels.length);
  };
}

/** @throws LulcError `shape-mismatch` */
export function requireChannels({ shape }: ImageArray, channels: readonly number[]): void {
  const missing = channels.find((channel) => !(Number.isInteger(channel) && channel >= 0 && channel < shape[2]));
  if (channels.length > 0 && missing === undefined) return;
  throw new LulcError('shape-mismatch', `an image of ${shape[2]} bands has no channel ${missing ?? '(none given)'}`, {
    hint: 'Channels are counted from 0, in the order of the dataset’s bands.',
  });
}
