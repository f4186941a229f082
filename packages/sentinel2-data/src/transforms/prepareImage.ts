import {
  type ImageArray,
  LulcError,
  type Normalization,
  random,
  resolveNormalization,
  type ScalingStatistics,
} from '@lulc/core';
import { type ResampleMethod, resample } from '../raster/resample.js';
import { type Augmentation, drawPlan } from './augmentation.js';

/** How an image becomes a row of a batch. Plain data: it travels to workers. */
export interface Preparation {
  /** Seed of the augmentation. */
  readonly seed: number;
  /** What may happen to a sample; nothing for evaluation. */
  readonly augment: Augmentation;
  /** `(x − mean) / std` per band; native units when not given. */
  readonly scaling: ScalingStatistics | undefined;
  /** Instead of `scaling`: from each image, or with limits. */
  readonly normalization?: Normalization | undefined;
  /** `[height, width]` of the row. */
  readonly size: readonly [number, number];
  /** How an image of another size is resized. */
  readonly resize: ResampleMethod;
}

/** Names this use of random numbers, so that it shares no stream with the order of samples. */
const augmentationStream = 1;

/**
 * Writes an image into a batch: augmented, resized and scaled, in that order. What is drawn depends only on the seed,
 * the epoch and the index.
 *
 * @param image the sample as stored
 * @param preparation what is done
 * @param epoch number of the epoch
 * @param index index of the sample
 * @param out where to write; `size[0] · size[1] · bands` values
 * @throws LulcError `shape-mismatch` when the image does not have as many bands as `out` or the scaling
 */
export function prepareImage(
  image: ImageArray,
  preparation: Preparation,
  epoch: number,
  index: number,
  out: Float32Array,
): void {
  const { seed, augment, normalization, size, resize } = preparation;
  const bands = image.shape[2];
  const resolved = normalization === undefined ? undefined : resolveNormalization(normalization, image);
  const scaling = resolved?.scaling ?? preparation.scaling;
  if (out.length !== size[0] * size[1] * bands || (scaling !== undefined && scaling.mean.length !== bands)) {
    throw new LulcError(
      'shape-mismatch',
      `an image of ${bands} bands where ${out.length / (size[0] * size[1])} are expected`,
      {
        where: { index },
      },
    );
  }
  const plan = drawPlan(image.shape, augment, random(seed, epoch, index, augmentationStream));
  const gain = new Float64Array(bands);
  const offset = new Float64Array(bands);
  const low = new Float64Array(bands).fill(Number.NEGATIVE_INFINITY);
  const high = new Float64Array(bands).fill(Number.POSITIVE_INFINITY);
  for (let band = 0; band < bands; band++) {
    const std = scaling?.std[band] ?? 1;
    [low[band], high[band]] = resolved?.clip?.[band] ?? [low[band], high[band]];
    gain[band] = plan.gain[band] / std;
    offset[band] = (plan.offset[band] - (scaling?.mean[band] ?? 0)) / std;
  }
  const [height, width] = plan.size;
  const fits = height === size[0] && width === size[1];
  const target = fits ? out : new Float32Array(height * width * bands);
  const { rows, columns } = plan;
  const { data } = image;
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = rows[y] + columns[x];
      for (let band = 0; band < bands; band++) {
        target[to++] = Math.min(high[band], Math.max(low[band], data[from + band])) * gain[band] + offset[band];
      }
    }
  }
  if (!fits) resample({ data: target, shape: [height, width, bands] }, size, resize, out);
}
