import { type CloudReport, cloudMetrics, predictClouds } from '@lulc/cloud-unet-kd';
import { imageScene, type Normalization } from '@lulc/core';
import type { SegmentationDataset, SegmentationSample } from '@lulc/core/segmentation';
import type { CloudsConfig } from '../../config/clouds.js';
import type { CommandContext } from '../../program/io.js';
import { progressLine } from '../../program/progress.js';
import { groupOf } from './cloudCases.js';
import type { CloudNetworks } from './cloudNetworks.js';

/** What is said about a sample: probability of cloud of each pixel, NaN where nothing is known, or classes. */
export type CloudJudge = (
  sample: SegmentationSample,
) => Promise<{ readonly probability: Float32Array } | { readonly predicted: Uint8Array }>;

/** Scores of one way to find clouds. */
export interface CloudEvaluation {
  /** Which. */
  readonly name: string;
  /** Name of the dataset. */
  readonly dataset: string;
  /** Part of it. */
  readonly split: string;
  /** True when the pixels were generated, not observed. */
  readonly simulated: boolean;
  /** The scores. */
  readonly report: CloudReport;
  /** Wall time without reading, in seconds. */
  readonly seconds: number;
  /** Pixels per second of that, 10⁶. */
  readonly megapixelsPerSecond: number;
}

/** How scores are made. */
export interface CloudScoring extends Pick<CloudsConfig['inference'], 'threshold'> {
  /** Pixels on each side of true borders that a second set of scores leaves out. */
  readonly ring: number;
}

/**
 * Scores one way to find clouds on a part of a dataset, sample by sample, at whatever size they have.
 *
 * @param name which way
 * @param part what it is scored on; classes but the first are cloud
 * @param judge what is scored
 * @param scoring threshold and border
 * @param context signal and progress
 * @throws LulcError what reading and judging throw; `aborted` by the signal
 */
export async function scoreClouds(
  name: string,
  part: SegmentationDataset,
  judge: CloudJudge,
  { threshold, ring }: CloudScoring,
  context: CommandContext,
): Promise<CloudEvaluation> {
  const { info } = part;
  const metrics = cloudMetrics({ cloud: info.classes.map((_, index) => index).slice(1), threshold, ring });
  const progress = progressLine(context, `evaluating ${name}`);
  let seconds = 0;
  let pixels = 0;
  try {
    for (let index = 0; index < part.length; index++) {
      context.signal.throwIfAborted();
      const sample = await part.get(index);
      const begin = performance.now();
      const judged = await judge(sample);
      seconds += (performance.now() - begin) / 1000;
      const { mask, meta } = sample;
      metrics.update({
        id: meta.id,
        group: groupOf(meta),
        truth: mask.data,
        shape: mask.shape,
        ...judged,
      });
      pixels += mask.data.length;
      progress.update(index + 1, part.length);
    }
  } finally {
    progress.stop();
  }
  return {
    name,
    dataset: info.name,
    split: info.split,
    simulated: info.simulated,
    report: metrics.report(),
    seconds,
    megapixelsPerSecond: pixels / seconds / 1e6,
  };
}

/** What a normalisation calls empty in every band; nothing is predicted there, as in scenes. */
function emptyValue(normalization: Normalization): number | undefined {
  const [first, ...others] = normalization.map((band) => (band.scheme === 'fixed' ? undefined : band.nodata));
  return others.every((value) => value === first) ? first : undefined;
}

/**
 * Networks as something that can be scored.
 *
 * @param networks what predicts
 * @param inference windows
 * @param signal ends it
 */
export function networkJudge(
  { predictor, normalization, card }: Pick<CloudNetworks, 'predictor' | 'normalization' | 'card'>,
  { overlap, mirror }: Pick<CloudsConfig['inference'], 'overlap' | 'mirror'>,
  signal: AbortSignal,
): CloudJudge {
  const nodata = emptyValue(normalization);
  return async ({ image }) => {
    const probability = new Float32Array(image.shape[0] * image.shape[1]);
    await predictClouds(
      {
        scene: imageScene(image, { bands: card.bands, ...(nodata === undefined ? {} : { nodata }) }),
        networks: predictor.predict,
        ...(predictor.tile === undefined ? {} : { tile: predictor.tile }),
        normalization,
        overlap,
        mirror: mirror ? ['vertical', 'horizontal'] : [],
        cloudClasses: card.classes.map((_, index) => index).slice(1),
        signal,
      },
      (strip) => probability.set(strip.probability, strip.top * strip.width),
    );
    return { probability };
  };
}
