import {
  conv2d,
  feature,
  image as imageInput,
  imageNormalization,
  imageScene,
  normalizeImage,
  random,
  resolveNormalization,
  type Scene,
  useEngine,
} from '@lulc/core';
import { denseNetwork, segmentationLogits, segmenter, type TilePredictor } from '@lulc/core/segmentation';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { cloudMetrics } from '../metrics/cloudMetrics.js';
import type { CloudStrip } from './cloudStrip.js';
import { type CloudProgress, type PredictCloudsOptions, predictClouds } from './predictClouds.js';

beforeAll(() => useEngine('cpu'));

const bands = ['B04', 'B03', 'B02', 'B08'];
const [height, width] = [41, 53];

/** A scene of noise whose upper left and lower right corners are without data. */
function noise(nodata = 0): { scene: Scene; data: Uint16Array; without: (pixel: number) => boolean } {
  const draw = random(5);
  const without = (pixel: number) => {
    const [y, x] = [Math.floor(pixel / width), pixel % width];
    return x + y < 30 || x + y > 85;
  };
  const data = Uint16Array.from({ length: height * width * 4 }, (_, i) =>
    without(Math.floor(i / 4)) ? nodata : 500 + draw.integer(4000) * (1 + (i % 4)),
  );
  return { scene: imageScene({ data, shape: [height, width, 4] }, { bands, nodata }), data, without };
}

const fixed = bands.map((_, i) => ({ scheme: 'fixed', mean: 2000 * (i + 1), std: 1500 }) as const);

/** A segmenter of one 1x1 convolution. */
function pointwise(seed: number) {
  const input = imageInput({ shape: [16, 16, 4], seed });
  const output = conv2d({ filters: 6, kernelSize: 1, bias: true })(input);
  return segmenter(denseNetwork({ name: 'one', input, output, features: [feature(output, 1)] }), { classes: 2 });
}

/** All rows of a cloud map. */
async function cloudMap(options: PredictCloudsOptions) {
  const strips: CloudStrip[] = [];
  const cover = await predictClouds(options, (strip) => {
    strips.push({ ...strip, probability: strip.probability.slice(), mask: strip.mask.slice() });
  });
  let rows = 0;
  for (const strip of strips) {
    expect([strip.top, strip.width, strip.mask.length]).toEqual([rows, width, strip.rows * width]);
    rows += strip.rows;
  }
  expect(rows).toBe(height);
  return {
    cover,
    mask: strips.flatMap(({ mask }) => [...mask]),
    probability: strips.flatMap(({ probability }) => [...probability]),
  };
}

describe('predictClouds', () => {
  it('is one pass over the whole scene for a convolution without border effects, of folds and mirrored', async () => {
    const { scene, data, without } = noise();
    const networks = [pointwise(1), pointwise(2), pointwise(3)];
    const { mask, probability, cover } = await cloudMap({
      scene,
      networks,
      normalization: fixed,
      mirror: ['horizontal', 'vertical'],
    });
    const values = tf.tidy(() => {
      const input = tf.tensor2d(Float32Array.from(data), [height * width, 4]);
      const scaled = tf.div(
        tf.sub(
          input,
          fixed.map(({ mean }) => mean),
        ),
        1500,
      );
      // A 1x1 convolution does not see where a pixel is: all pixels as images of the model's size, cut and filled.
      const count = Math.ceil((height * width) / 256);
      const padded = tf.reshape(
        tf.pad(scaled, [
          [0, 256 * count - height * width],
          [0, 0],
        ]),
        [count, 16, 16, 4],
      );
      const logits = networks.map((network) => segmentationLogits(network).predict(padded) as tf.Tensor);
      return tf.softmax(tf.reshape(tf.div(tf.addN(logits), 3), [-1, 2])).dataSync();
    });
    let clouds = 0;
    for (let pixel = 0; pixel < height * width; pixel++) {
      if (without(pixel)) {
        expect([mask[pixel], probability[pixel]]).toEqual([255, Number.NaN]);
        continue;
      }
      expect(probability[pixel]).toBeCloseTo(values[2 * pixel + 1], 5);
      expect(mask[pixel]).toBe(probability[pixel] > 0.5 ? 1 : 0);
      clouds += mask[pixel];
    }
    const valid = mask.filter((label) => label !== 255).length;
    expect(cover).toEqual({ cover: clouds / valid, cloudPixels: clouds, validPixels: valid, pixels: height * width });
    expect([clouds > 0, clouds < valid]).toEqual([true, true]);
  });

  it('takes statistics of the image from the pixels with data of the whole scene', async () => {
    const { scene, data, without } = noise(60000);
    const seen: [number, number][] = [];
    const network: TilePredictor = async (tiles) => {
      for (let i = 0; i < tiles.length; i += 4) seen.push([tiles[i], tiles[i + 1]]);
      return new Float32Array(tiles.length / 2);
    };
    const of = (band: number) =>
      Array.from({ length: height * width }, (_, pixel) => pixel)
        .filter((pixel) => !without(pixel))
        .map((pixel) => data[4 * pixel + band]);
    await predictClouds({
      scene,
      networks: network,
      normalization: [{ scheme: 'image-z-score' }, { scheme: 'image-min-max' }, fixed[2], fixed[3]],
      tile: [64, 64],
    });
    const [first, second] = [of(0), of(1)];
    const mean = first.reduce((a, b) => a + b) / first.length;
    const std = Math.sqrt(first.reduce((sum, value) => sum + (value - mean) ** 2, 0) / first.length);
    const [min, max] = [Math.min(...second), Math.max(...second)];
    for (const pixel of [40, 900, 1200]) {
      const [y, x] = [Math.floor(pixel / width), pixel % width];
      const [z, share] = seen[y * 64 + x];
      expect(z).toBeCloseTo((data[4 * pixel] - mean) / std, 4);
      expect(share).toBeCloseTo((data[4 * pixel + 1] - min) / (max - min), 4);
    }
  });

  it('asks no network about tiles without data, and none at all when there are none', async () => {
    const data = new Uint16Array(height * width);
    data.fill(7, 0, 10 * width);
    const scene = imageScene({ data, shape: [height, width, 1] }, { bands: ['B02'], nodata: 0 });
    let asked = 0;
    const network: TilePredictor = async (tiles) => {
      asked += tiles.length / 256;
      return new Float32Array(2 * tiles.length);
    };
    const options = { networks: network, normalization: [{ scheme: 'image-z-score' }], tile: [16, 16] } as const;
    const { mask, cover } = await cloudMap({ ...options, scene });
    expect(cover.validPixels).toBe(10 * width);
    expect(mask.indexOf(255)).toBe(10 * width);
    // Rows 0 and 8 of tiles see data, of six each.
    expect(asked).toBe(12);
    const empty = imageScene({ data: new Uint16Array(6), shape: [2, 3, 1] }, { bands: ['B02'], nodata: 0 });
    const nothing = await predictClouds({ ...options, scene: empty });
    expect([asked, nothing]).toEqual([12, { cover: Number.NaN, cloudPixels: 0, validPixels: 0, pixels: 6 }]);
  });

  it('reads what is not a number in one band as its mean', async () => {
    const data = Float32Array.of(1, 5, Number.NaN, 7, Number.NaN, Number.NaN, 3, 9);
    const scene = imageScene({ data, shape: [1, 4, 2] }, { bands: ['a', 'b'] });
    let seen: number[] = [];
    const network: TilePredictor = async (tiles) => {
      seen = [...tiles];
      return tiles;
    };
    const { validPixels } = await predictClouds({
      scene,
      networks: network,
      normalization: [{ scheme: 'image-z-score' }, { scheme: 'image-z-score' }],
      tile: [1, 4],
    });
    expect(validPixels).toBe(3);
    // Only the first and the last pixel are whole: means 2 and 7, deviations 1 and 2.
    expect(seen).toEqual([-1, -1, 0, 0, 0, 0, 1, 1]);
  });

  it('leaves out what the normalisation calls empty, as training does, when the scene does not', async () => {
    const data = Uint16Array.from({ length: height * width * 2 }, (_, i) => (i < 6 * width * 2 ? 0 : 100 + (i % 37)));
    const image = { data, shape: [height, width, 2] } as const;
    const normalization = imageNormalization('image-z-score', 2, 0);
    const trained = normalizeImage(image, resolveNormalization(normalization, image));
    let seen: Float32Array | undefined;
    await predictClouds({
      scene: imageScene(image, { bands: ['B02', 'B03'] }),
      networks: async (tiles) => {
        seen = tiles.slice();
        return new Float32Array(tiles.length);
      },
      normalization,
      tile: [height, width],
    });
    expect(seen).toHaveLength(trained.length);
    seen?.forEach((value, i) => {
      expect(value).toBeCloseTo(trained[i], 4);
    });
    // not as if the margin counted
    const all = normalizeImage(image, resolveNormalization(imageNormalization('image-z-score', 2), image));
    expect(Math.abs((seen?.at(-1) ?? 0) - all[all.length - 1])).toBeGreaterThan(0.1);
  });

  it.each([0.1, 0.5, 0.7])('takes a probability of exactly %d for cloud when that is the threshold', async (share) => {
    const scene = imageScene({ data: Uint8Array.of(1), shape: [1, 1, 1] }, { bands: ['B02'] });
    const network: TilePredictor = async () => Float32Array.of(0, Math.log(share / (1 - share)));
    const options = { scene, networks: network, normalization: [fixed[0]], tile: [1, 1] } as const;
    let said = Number.NaN;
    await predictClouds(options, ({ probability }) => {
      said = probability[0];
    });
    expect(said).toBeCloseTo(share, 6);
    const metrics = cloudMetrics({ threshold: said });
    metrics.update({ id: 'a', truth: [1], shape: [1, 1], probability: [said] });
    const { cloudPixels } = await predictClouds({ ...options, threshold: said });
    expect([cloudPixels, metrics.report().counts.tp]).toEqual([1, 1]);
    expect((await predictClouds({ ...options, threshold: Math.min(1, said + 1e-6) })).cloudPixels).toBe(0);
  });

  it('adds up the classes that are cloud, against the threshold', async () => {
    const data = Float32Array.of(1, 2, 3);
    const scene = imageScene({ data, shape: [1, 3, 1] }, { bands: ['a'] });
    // Probabilities of three classes: 1/2, 1/4, 1/4.
    const network: TilePredictor = async (tiles) =>
      Float32Array.from({ length: 3 * tiles.length }, (_, i) => (i % 3 === 0 ? Math.log(2) : 0));
    const options = { scene, networks: network, normalization: [fixed[0]], tile: [1, 3] } as const;
    const labels: number[][] = [];
    for (const [cloudClasses, threshold] of [
      [[1], 0.2],
      [[1], 0.3],
      [[1, 2], 0.49],
      [[0], 0.51],
    ] as const) {
      await predictClouds({ ...options, cloudClasses, threshold }, ({ mask, probability }) => {
        labels.push([probability[0], mask[0]]);
      });
    }
    const expected = [
      [0.25, 1],
      [0.25, 0],
      [0.5, 1],
      [0.5, 0],
    ];
    labels.forEach(([p, label], i) => {
      expect(p).toBeCloseTo(expected[i][0], 6);
      expect(label).toBe(expected[i][1]);
    });
  });

  it('takes small clouds from the mask and the cover, not from the probability', async () => {
    // One cloud of 3 x 3 pixels and one of two.
    const cloudy = (y: number, x: number) => (y < 3 && x < 3) || (y === 20 && x >= 30 && x < 32);
    const data = Float32Array.from({ length: height * width }, (_, i) =>
      cloudy(Math.floor(i / width), i % width) ? 4 : -4,
    );
    const scene = imageScene({ data, shape: [height, width, 1] }, { bands: ['a'] });
    const network: TilePredictor = async (tiles) =>
      Float32Array.from({ length: 2 * tiles.length }, (_, i) => (i % 2) * tiles[i >> 1]);
    const normalization = [{ scheme: 'fixed', mean: 0, std: 1 }] as const;
    const options = { scene, networks: network, normalization, tile: [16, 16] } as const;
    const [all, large] = [await cloudMap(options), await cloudMap({ ...options, minimumArea: 3 })];
    expect([all.cover.cloudPixels, large.cover.cloudPixels]).toEqual([11, 9]);
    expect(large.probability).toEqual(all.probability);
    expect([all.mask, large.mask].map((mask) => mask[20 * width + 30])).toEqual([1, 0]);
  });

  it('says how far it is, and stops when told', async () => {
    const { scene } = noise();
    const said: CloudProgress[] = [];
    const network: TilePredictor = async (tiles) => new Float32Array(tiles.length / 2);
    const normalization = bands.map(() => ({ scheme: 'image-z-score' }) as const);
    const options = { scene, networks: network, normalization, tile: [16, 16] } as const;
    await predictClouds({ ...options, onProgress: (progress) => void said.push(progress) });
    expect(said[0]).toEqual({ stage: 'statistics', rows: height, height });
    expect(said.slice(1).map(({ rows }) => rows)).toEqual([6, 12, 19, 25, height]);
    for (const stage of ['statistics', 'prediction'] as const) {
      const stop = new AbortController();
      const attempt = predictClouds({
        ...options,
        signal: stop.signal,
        onProgress: (progress) => {
          expect(said[0].stage === progress.stage || progress.rows < height).toBe(true);
          if (progress.stage === stage) stop.abort();
        },
      });
      await expect(attempt).rejects.toMatchObject({ code: 'aborted' });
    }
  });

  const one: TilePredictor = async (tiles) => new Float32Array(tiles.length / 4);
  const broken: TilePredictor = async (tiles) => new Float32Array(tiles.length / 2).fill(Number.NaN);
  it.each([
    ['a threshold above 1', { threshold: 1.5 }, 'invalid-argument', /threshold/],
    ['an area below 1', { minimumArea: 0 }, 'invalid-argument', /minimumArea/],
    ['a normalisation of other bands', { normalization: fixed.slice(1) }, 'shape-mismatch', /3 bands/],
    ['no class', { cloudClasses: [] }, 'invalid-argument', /at least one class/],
    ['a class that there is not', { cloudClasses: [2] }, 'shape-mismatch', /2 values per pixel/],
    ['values that are not finite', { networks: broken, tile: [8, 8] }, 'diverged', /not finite/],
    ['one logit', { networks: one, tile: [8, 8] }, 'shape-mismatch', /1 values per pixel/],
  ] as const)('refuses %s', async (_, changes, code, message) => {
    const { scene } = noise();
    const attempt = predictClouds({ scene, networks: pointwise(1), normalization: fixed, ...changes });
    await expect(attempt).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('refuses a model for other bands', async () => {
    const scene = imageScene({ data: new Uint8Array(3), shape: [1, 1, 3] }, { bands: ['a', 'b', 'c'] });
    const attempt = predictClouds({ scene, networks: pointwise(1), normalization: fixed.slice(1) });
    await expect(attempt).rejects.toMatchObject({ code: 'incompatible' });
  });
});
