import {
  type BatchSource,
  batchNorm,
  conv2d,
  feature,
  type ImageSetInfo,
  image,
  pipe,
  random,
  relu,
  scope,
} from '@lulc/core';
import { type Decoder, type DenseNetwork, denseNetwork } from '@lulc/core/segmentation';
import type { Affine, ViewBatch, ViewSource } from '@lulc/core/views';

/** A network of two convolutions with a decoder of one, for tests: stride 2, 8 and 6 channels. */
export function tinyNetwork(size: number, bands: number, seed = 1): DenseNetwork {
  const input = image({ shape: [size, size, bands], seed });
  const output = scope(
    'stem',
    pipe<4>(
      conv2d({ name: 'conv1', filters: 8, kernelSize: 3, stride: 2 }),
      batchNorm({ name: 'bn' }),
      relu(),
      conv2d({ name: 'conv2', filters: 8, kernelSize: 3 }),
    ),
  )(input);
  const decoder: Decoder = {
    name: 'tiny',
    build: (backbone) => ({
      encoded: backbone.output,
      decoded: scope(
        'decoder',
        pipe<4>(relu(), conv2d({ name: 'conv', filters: 6, kernelSize: 3, bias: true })),
      )(backbone.output),
    }),
  };
  return denseNetwork({ name: 'tiny', input, output, features: [feature(output, 2)] }, decoder);
}

/** A value of a smooth scene of its own for every image, anywhere on its ground. */
function scene(seed: number, index: number, bands: number): (x: number, y: number) => number[] {
  const draw = random(seed, index);
  const waves = Array.from({ length: bands }, () =>
    Array.from({ length: 3 }, () => [draw.normal() / 3, draw.normal() / 3, 6 * draw.next(), draw.normal()]),
  );
  return (x, y) =>
    waves.map((band) => band.reduce((sum, [u, v, phase, height]) => sum + height * Math.sin(u * x + v * y + phase), 0));
}

const tinyInfo = (bands: number): ImageSetInfo => ({
  name: 'simulated',
  split: 'train',
  bands: Array.from({ length: bands }, (_, i) => `B${i}`),
  imageSize: [24, 24],
  groundSamplingDistance: undefined,
  scaling: undefined,
  simulated: true,
  licence: 'none',
  citation: 'none',
});

/** Simulated views, for tests: crops of scenes of 24 pixels, the second view turned or mirrored, under noise. */
export function tinyViews(options: {
  readonly length: number;
  readonly batchSize: number;
  readonly size: number;
  readonly bands: number;
  readonly seed?: number;
  readonly noise?: number;
}): ViewSource {
  const { length, batchSize, size, bands, seed = 1, noise = 0.1 } = options;
  const stepsPerEpoch = Math.floor(length / batchSize);
  const turns: readonly (readonly [number, number, number, number])[] = [
    [1, 0, 0, 1],
    [-1, 0, 0, 1],
    [0, 1, -1, 0],
    [0, -1, -1, 0],
  ];
  const affineOf = (view: number, epoch: number, index: number): Affine => {
    const draw = random(seed, epoch, index, view);
    const zoom = (12 + 8 * draw.next()) / size;
    const [a, b, d, e] = turns[view === 0 ? 0 : draw.integer(turns.length)].map((value) => value * zoom);
    const half = size / 2;
    const [x, y] = [8 + 8 * draw.next(), 8 + 8 * draw.next()];
    return [a, b, x - (a + b) * half, d, e, y - (d + e) * half];
  };
  const batch = (epoch: number, indices: readonly number[]): ViewBatch => ({
    epoch,
    indices,
    views: [0, 1].map((view) => {
      const affines = indices.map((index) => affineOf(view, epoch, index));
      const pixels = indices.flatMap((index, row) => {
        const at = scene(seed, index, bands);
        const [a, b, c, d, e, f] = affines[row];
        const draw = random(seed, epoch, index, view, 1);
        return Array.from({ length: size * size }, (_, i) => {
          const [u, v] = [(i % size) + 0.5, Math.floor(i / size) + 0.5];
          return at(a * u + b * v + c, d * u + e * v + f).map((value) => value + noise * draw.normal());
        }).flat();
      });
      return {
        images: Float32Array.from(pixels),
        imageShape: [indices.length, size, size, bands] as const,
        affines: Float64Array.from(affines.flat()),
      };
    }),
  });
  return {
    info: tinyInfo(bands),
    length,
    batchSize,
    seed,
    stepsPerEpoch,
    async *epoch(epoch, fromStep = 0) {
      const order = [...random(seed, 3, epoch).permutation(length)];
      for (let step = fromStep; step < stepsPerEpoch; step++) {
        yield batch(epoch, order.slice(step * batchSize, (step + 1) * batchSize));
      }
    },
    close: async () => {},
  };
}

/** Simulated labelled images of 12 x 12 pixels and two bands, for tests: class 0 is rough, class 1 smooth, class 2 slanted. */
export function tinyBatches(length: number, seed: number): BatchSource {
  const size = 12;
  const pixel = [
    (noise: () => number) => noise(),
    () => 0.3,
    (_: () => number, x: number, y: number) => (x + y) / size - 1,
  ];
  return {
    info: { ...tinyInfo(2), imageSize: [size, size], task: 'single-label', classes: ['rough', 'smooth', 'slanted'] },
    length,
    batchSize: length,
    stepsPerEpoch: 1,
    async *epoch() {
      const images = Array.from({ length }, (_, i) => {
        const { normal } = random(seed, i);
        return Array.from({ length: size * size * 2 }, (_, k) =>
          pixel[i % 3](normal, Math.floor(k / 2) % size, Math.floor(k / 2 / size)),
        );
      });
      yield {
        images: Float32Array.from(images.flat()),
        imageShape: [length, size, size, 2],
        labels: Float32Array.from(images.flatMap((_, i) => [0, 1, 2].map((c) => Number(c === i % 3)))),
        labelShape: [length, 3],
        indices: images.map((_, i) => i),
      };
    },
    close: async () => {},
  };
}
