import { type ImageArray, normalizeImage, random, resolveNormalization } from '@lulc/core';
import {
  ignoreLabel,
  type SegmentationDataset,
  type SegmentationSample,
  type SegmentationSource,
} from '@lulc/core/segmentation';

/** What simulated chips are like. */
export interface MemoryChips {
  readonly length: number;
  /** Height and width in pixels; default 16. */
  readonly size?: number;
  readonly seed?: number;
  /** Whether masks know nothing; default false. */
  readonly unlabelled?: boolean;
  /** What the ids begin with; default `chip`. */
  readonly name?: string;
}

/** Two-band chips for tests: clouds are bright discs, the last row is without data and without label. */
export function memoryChips({
  length,
  size = 16,
  seed = 1,
  unlabelled = false,
  name = 'chip',
}: MemoryChips): SegmentationDataset {
  const meta = (index: number) => ({ id: `${name}${index}` });
  const get = async (index: number): Promise<SegmentationSample> => {
    const draws = random(seed, index);
    const [y0, x0, radius] = [size * draws.next(), size * draws.next(), (size / 2) * draws.next()];
    const image = new Uint16Array(size * size * 2);
    const mask = new Uint8Array(size * size);
    for (let pixel = 0; pixel < size * size; pixel++) {
      const [y, x] = [Math.floor(pixel / size), pixel % size];
      const cloud = Math.hypot(y - y0, x - x0) < radius;
      const hasData = y < size - 1;
      mask[pixel] = unlabelled || !hasData ? ignoreLabel : Number(cloud);
      for (const band of [0, 1]) {
        image[2 * pixel + band] = hasData ? Math.round((cloud ? 3000 : 1000) + 400 * draws.normal() + 200 * band) : 0;
      }
    }
    return {
      image: { data: image, shape: [size, size, 2] },
      mask: { data: mask, shape: [size, size] },
      meta: meta(index),
    };
  };
  return {
    info: {
      name: 'chips',
      split: 'all',
      classes: ['clear', 'cloud'],
      bands: ['B04', 'B08'],
      imageSize: [size, size],
      groundSamplingDistance: undefined,
      scaling: undefined,
      simulated: true,
      licence: 'none',
      citation: 'none',
    },
    length,
    get,
    meta,
  };
}

/** How the chips of tests are brought to numbers. */
export const chipNormalization = [
  { scheme: 'fixed', mean: 2000, std: 1000 },
  { scheme: 'fixed', mean: 2000, std: 1000 },
] as const;

/** Whole chips in drawn order, in the calling thread, as the loaders of the data package give them. */
export function memorySource(dataset: SegmentationDataset, batchSize: number, seed = 0): SegmentationSource {
  const { info, length } = dataset;
  const stepsPerEpoch = Math.ceil(length / batchSize);
  return {
    info,
    length,
    batchSize,
    stepsPerEpoch,
    async *epoch(epoch, fromStep = 0) {
      const order = [...random(seed, epoch).permutation(length)];
      for (let step = fromStep; step < stepsPerEpoch; step++) {
        const indices = order.slice(step * batchSize, (step + 1) * batchSize);
        const samples = await Promise.all(indices.map((index) => dataset.get(index)));
        const [height, width, bands] = samples[0].image.shape;
        const joined = (parts: readonly ArrayLike<number>[]) =>
          Float32Array.from(parts.flatMap((part) => Array.from(part)));
        yield {
          images: joined(
            samples.map(({ image }) => normalizeImage(image, resolveNormalization(chipNormalization, image))),
          ),
          imageShape: [indices.length, height, width, bands],
          masks: Uint8Array.from(samples.flatMap(({ mask }) => [...mask.data])),
          maskShape: [indices.length, height, width],
          ...(info.softChannels ? { soft: joined(samples.map(({ soft }) => (soft as ImageArray).data)) } : {}),
          indices,
        };
      }
    },
    close: async () => {},
  };
}
