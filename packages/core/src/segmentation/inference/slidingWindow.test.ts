import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { conv2d, feature, image as imageInput, useEngine } from '../../index.js';
import { drawNumbers, largestDifference } from '../../testing/numericalGradient.js';
import { tinySegmenter } from '../../testing/tinySegmenter.js';
import { denseNetwork } from '../denseNetwork.js';
import { segmentationLogits, segmenter } from '../segmenter.js';
import { predictMask, predictProbabilities } from './predictMask.js';
import { type SlidingWindowOptions, slidingWindow } from './slidingWindow.js';
import type { TilePredictor } from './types.js';

beforeAll(() => useEngine('cpu'));

const bands = 3;
const imageOf = (height: number, width: number, seed = 3) => ({
  data: Float32Array.from(drawNumbers(height * width * bands, seed)),
  shape: [height, width, bands] as const,
});

/** A segmenter of one convolution of the given size. */
function convolution(kernelSize: number, size: readonly [number, number]) {
  const input = imageInput({ shape: [...size, bands], seed: 4 });
  const output = conv2d({ filters: 6, kernelSize, bias: true })(input);
  return segmenter(denseNetwork({ name: 'one', input, output, features: [feature(output, 1)] }), { classes: 4 });
}

/** Probabilities of the whole image in one call, by a network of its size with the same weights. */
function inOnePiece(kernelSize: number, image: ReturnType<typeof imageOf>, weights: tf.Tensor[]): Float32Array {
  const [height, width] = image.shape;
  const whole = convolution(kernelSize, [height, width]);
  whole.setWeights(weights);
  return tf.tidy(() =>
    (whole.predict(tf.tensor4d(image.data, [1, ...image.shape])) as tf.Tensor).dataSync<'float32'>(),
  );
}

describe('predictProbabilities', () => {
  it.each([
    [{}, 23, 37],
    [{ importance: 'uniform', overlap: 0.25, batchSize: 3 }, 40, 12],
    [{ placement: 'fixed', importance: 'uniform' }, 30, 30],
    [{}, 7, 5],
    [{ mirror: ['horizontal', 'vertical'] }, 20, 16],
  ] as const)(
    'equals one pass over the whole image for a 1x1 convolution: %j, %d x %d',
    async (options, height, width) => {
      const network = convolution(1, [12, 12]);
      const image = imageOf(height, width);
      const { data, shape } = await predictProbabilities({ network, image, ...options });
      expect(shape).toEqual([height, width, 4]);
      expect(largestDifference(data, inOnePiece(1, image, network.getWeights()))).toBeLessThan(2e-6);
    },
  );

  it('equals it away from the borders of tiles for a 3x3 convolution', async () => {
    const network = convolution(3, [12, 12]);
    const image = imageOf(12, 30);
    const whole = inOnePiece(3, image, network.getWeights());
    const { data } = await predictProbabilities({ network, image });
    const farthest = (from: number, to: number) => {
      const rows = Array.from({ length: 10 }, (_, i) => ((i + 1) * 30 + from) * 4);
      return Math.max(
        ...rows.map((at) =>
          largestDifference(data.slice(at, at + (to - from) * 4), whole.slice(at, at + (to - from) * 4)),
        ),
      );
    };
    // Tiles begin at 0, 6, 12 and 18; only the edges of tiles see zeros instead of the image.
    expect(farthest(1, 5)).toBeLessThan(2e-6);
    expect(farthest(25, 29)).toBeLessThan(2e-6);
    // Where one tile's edge is another's middle the Gaussian leaves little of the edge, an equal weight half of it.
    const uniform = await predictProbabilities({ network, image, importance: 'uniform' });
    expect(largestDifference(data, whole)).toBeLessThan(largestDifference(uniform.data, whole));
  });
});

describe('predictMask', () => {
  it('gives the class of the highest probability, of a tensor as of an array', async () => {
    const network = tinySegmenter();
    const image = imageOf(21, 11);
    const mask = await predictMask({ network, image });
    const { data } = await predictProbabilities({ network, image });
    expect(mask.shape).toEqual([21, 11]);
    mask.data.forEach((label, pixel) => {
      const row = [...data.slice(3 * pixel, 3 * pixel + 3)];
      expect(label).toBe(row.indexOf(Math.max(...row)));
    });
    const tensor = tf.tensor3d(image.data, [21, 11, 3]);
    expect(await predictMask({ network, image: tensor })).toEqual(mask);
  });

  it('leaves no tensors behind', async () => {
    const network = tinySegmenter();
    segmentationLogits(network);
    const before = tf.memory().numTensors;
    await predictMask({ network, image: imageOf(21, 11) });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses data that do not fit their shape, and more values than classes can be', async () => {
    const image = imageOf(9, 9);
    const attempt = predictMask({ network: tinySegmenter(), image: { ...image, shape: [9, 8, 3] } });
    await expect(attempt).rejects.toMatchObject({ code: 'shape-mismatch' });
    const network: TilePredictor = async (tiles) => new Float32Array((tiles.length / bands) * 256);
    await expect(predictMask({ network, image, tile: [4, 4] })).rejects.toThrow(/256 values per pixel/);
  });
});

describe('slidingWindow', () => {
  const identity: TilePredictor = async (tiles) => tiles;
  const options = (changes: Partial<SlidingWindowOptions> = {}): SlidingWindowOptions => ({
    network: identity,
    size: [40, 10],
    tile: [8, 8],
    read: ({ rows, columns }) => new Float32Array(rows * columns),
    write: () => {},
    ...changes,
  });

  it('gives back what a network of one tile would, turned by the mirrors, averaged', async () => {
    // The sum of the columns to the left: mirrored, of those to the right.
    const cumulative: TilePredictor = async (tiles, [, , width]) => {
      const out = new Float32Array(tiles.length);
      tiles.forEach((value, i) => {
        out[i] = value + (i % width === 0 ? 0 : out[i - 1]);
      });
      return out;
    };
    const got: number[] = [];
    await slidingWindow(
      options({
        network: cumulative,
        size: [1, 3],
        tile: [1, 3],
        read: () => Float32Array.of(1, 2, 4),
        importance: 'uniform',
        mirror: ['horizontal'],
        write: ({ values }) => void got.push(...values),
      }),
    );
    expect(got).toEqual([(1 + 7) / 2, (3 + 6) / 2, (7 + 4) / 2]);
  });

  it('holds one row of tiles: writes rows before it reads further down, each once, from a buffer of one row of tiles', async () => {
    const [height, width] = [3000, 10];
    let written = 0;
    const buffers = new Set<ArrayBufferLike>();
    await slidingWindow(
      options({
        size: [height, width],
        read: ({ top, left, rows, columns }) => {
          expect(top + rows - written).toBeLessThanOrEqual(8);
          return Float32Array.from({ length: rows * columns }, (_, i) => top + left + Math.floor(i / columns));
        },
        write: ({ top, rows, values }) => {
          expect(top).toBe(written);
          expect(values.length).toBe(rows * width);
          buffers.add(values.buffer);
          written += rows;
        },
      }),
    );
    expect(written).toBe(height);
    expect([...buffers].map(({ byteLength }) => byteLength)).toEqual([8 * width * 4]);
  });

  it('blends the mean of several networks', async () => {
    const got: number[] = [];
    await slidingWindow(
      options({
        network: [async (tiles) => tiles.map((value) => 3 * value), async (tiles) => tiles.map((value) => value - 4)],
        size: [2, 2],
        read: () => Float32Array.of(1, 2, 3, 4),
        write: ({ values }) => void got.push(...values),
      }),
    );
    expect(got).toEqual([0, 2, 4, 6]);
  });

  it('asks no network about tiles without anything to see, and says where none was asked yet', async () => {
    const [height, width] = [40, 20];
    // Only pixels of the middle rows and the left half have values.
    const value = (y: number, x: number) => (y >= 17 && y < 21 && x < 10 ? 7 : 0);
    const batches: number[] = [];
    const strips: { top: number; classes: number; values: number[] }[] = [];
    const network: TilePredictor = async (tiles, [n]) => {
      batches.push(n);
      return tiles;
    };
    await slidingWindow(
      options({
        network,
        size: [height, width],
        read: ({ top, left, rows, columns }) => {
          const pixels = Float32Array.from({ length: rows * columns }, (_, i) =>
            value(top + Math.floor(i / columns), left + (i % columns)),
          );
          return pixels.some((v) => v !== 0) ? pixels : undefined;
        },
        write: ({ top, classes, values }) => void strips.push({ top, classes, values: [...values] }),
      }),
    );
    // Tiles begin at rows 0, 4 … 32 and columns 0, 4, 8, 12; rows 12 to 20 and columns 0 to 8 meet the square.
    expect(batches).toEqual([3, 3, 3]);
    expect(strips.map(({ classes }) => classes)).toEqual([0, 0, 0, 1, 1, 1, 1, 1, 1]);
    const seen = strips.flatMap(({ top, values }) => values.map((v, i) => [top + Math.floor(i / width), i % width, v]));
    for (const [y, x, v] of seen) expect(v).toBeCloseTo(value(y, x), 5);
  });

  it('asks for no pixel outside the image and fills with 0 there', async () => {
    const seen: number[] = [];
    await slidingWindow(
      options({
        size: [5, 9],
        placement: 'fixed',
        read: ({ top, left, rows, columns }) => {
          expect([top + rows, left + columns].every((end, axis) => end <= [5, 9][axis])).toBe(true);
          return new Float32Array(rows * columns).fill(1);
        },
        network: async (tiles) => {
          seen.push(tiles.reduce((a, b) => a + b));
          return tiles;
        },
      }),
    );
    // Two tiles of 8 x 8 in one batch: 5 x 8 pixels and 5 x 5.
    expect(seen).toEqual([40 + 25]);
  });

  it.each([
    ['no tile size', { tile: undefined }, 'invalid-argument', /tile: \[height, width\]/],
    ['a short read', { read: () => new Float32Array(7) }, 'shape-mismatch', /7 values for 8 x 8/],
    ['a short answer', { network: async () => new Float32Array(3) }, 'shape-mismatch', /3 values for 2 tiles/],
    ['an unknown mirror', { mirror: ['horizontl'] }, 'unknown-name', /Did you mean 'horizontal'/],
    ['an unknown importance', { importance: 'gausian' }, 'unknown-name', /Did you mean 'gaussian'/],
    ['a full overlap', { overlap: 1 }, 'invalid-argument', /overlap/],
    ['no network', { network: [] }, 'invalid-argument', /no network/],
    ['networks that differ', { network: [identity, async () => new Float32Array(3)] }, 'shape-mismatch', /another 3/],
    ['its signal', { signal: AbortSignal.abort() }, 'aborted', /aborted/],
  ] as const)('refuses %s', async (_, changes, code, message) => {
    const error = await slidingWindow(options(changes as Partial<SlidingWindowOptions>)).catch((caught) => caught);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
