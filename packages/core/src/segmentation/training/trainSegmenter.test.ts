import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers'; // registers TF.js' gradients
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { ignoreLabel, type SegmentationSource } from '../../data/segmentation.js';
import { freeze } from '../../finetune/freeze.js';
import { weightArrays } from '../../model/weights.js';
import { memorySegmentation } from '../../testing/memorySegmentation.js';
import { tinySegmenter } from '../../testing/tinySegmenter.js';
import { tinyUnet } from '../../testing/tinyUnet.js';
import { memoryCheckpoints } from '../../training/checkpointStore.js';
import { evaluateSegmenter, predictMaskBatches } from './evaluateSegmenter.js';
import { type SegmentationObjective, segmentationObjective } from './objective.js';
import { trainSegmenter } from './trainSegmenter.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const sources = () => ({
  train: memorySegmentation({ length: 24, batchSize: 4 }),
  validation: memorySegmentation({ length: 10, batchSize: 4, seed: 2 }),
});

describe('trainSegmenter', () => {
  it.each(['cross-entropy', 'dice-ce', 'focal'] as const)(
    'learns what the simulated data hold with %s',
    async (loss) => {
      const model = tinySegmenter(1, 0);
      const { train, validation } = sources();
      const result = await trainSegmenter({ model, train, validation, loss, epochs: 6, learningRate: 0.03 });
      const report = await evaluateSegmenter(model, validation, { loss });
      expect(report.metrics.meanIou).toBeGreaterThan(0.85);
      expect(report).toMatchObject({ dataset: 'simulated', simulated: true });
      expect(report.metrics).toMatchObject({ images: 10, pixels: 10 * 56, ignored: 10 * 8 });
      expect(result.best).toMatchObject({ metric: 'meanIou', value: report.metrics.meanIou });
      const best = result.history[result.best?.epoch ?? -1];
      expect(best.metrics.loss).toBeCloseTo(report.loss, 6);
      expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    },
  );

  it('leaves frozen layers alone and gives others their rate', async () => {
    const model = tinySegmenter();
    freeze(model, 'conv');
    const before = await weightArrays(model);
    await trainSegmenter({ ...sources(), model, epochs: 1, layerRates: { head: 0 }, optimizer: 'sgd' });
    const after = await weightArrays(model);
    for (const [path, { data }] of after) {
      const moved = JSON.stringify(data) !== JSON.stringify(before.get(path)?.data);
      expect([path, moved]).toEqual([path, !/^(conv|head)\//.test(path)]);
    }
  });

  it('goes on after an abort with the very same weights, the averaged ones too', async () => {
    const options = { epochs: 2, learningRate: 0.02, accumulate: 2, ema: { decay: 0.9 }, restoreBest: false } as const;
    const whole = tinySegmenter();
    await trainSegmenter({ ...options, ...sources(), model: whole });
    const store = memoryCheckpoints();
    const abort = new AbortController();
    const first = await trainSegmenter({
      ...options,
      ...sources(),
      model: tinySegmenter(),
      checkpoints: { store },
      signal: abort.signal,
      listeners: [(event) => void (event.type === 'step' && event.step === 4 && abort.abort())],
    });
    expect(first.stopped).toBe('aborted');
    const model = tinySegmenter(99);
    const rest = sources();
    await trainSegmenter({ ...options, ...rest, model, checkpoints: { store } });
    expect(rest.train.asked[0]).toEqual([1, 2 * (first.steps - 3)]);
    expect(await weightArrays(model)).toEqual(await weightArrays(whole));
  });

  it('trains by an objective of soft targets, and reports a loss of masks', async () => {
    // The logits of the first class are to be its band, times 3, and the labels are not looked at.
    const objective: SegmentationObjective = {
      spec: { name: 'follow the first band' },
      needsSoft: true,
      validationLoss: 'focal',
      loss: ({ logits }, { soft }) => {
        const [wanted, weight] = tf.split(soft as tf.Tensor4D, 2, 3);
        const [first] = tf.split(logits, 3, 3);
        return tf.mean(tf.mul(weight, tf.squaredDifference(first, tf.mul(wanted, 3))));
      },
    };
    const unlabelled = withMasks(memorySegmentation({ length: 24, batchSize: 4, soft: true }), ignoreLabel);
    const validation = memorySegmentation({ length: 10, batchSize: 4, seed: 2 });
    const model = tinySegmenter(1, 0);
    const options = { model, train: unlabelled, validation, loss: objective, epochs: 8, learningRate: 0.03 };
    const { history } = await trainSegmenter({ ...options, restoreBest: false });
    expect(history[7].trainLoss).toBeLessThan(history[0].trainLoss / 5);
    const report = await evaluateSegmenter(model, validation, { loss: 'focal' });
    expect(history[7].metrics.loss).toBeCloseTo(report.loss, 6);
    await expect(trainSegmenter({ ...options, train: validation })).rejects.toMatchObject({ code: 'incompatible' });
  });

  describe('with deep supervision', () => {
    const options = {
      deepSupervision: true,
      loss: 'dice-ce',
      learningRate: 0.02,
      epochs: 2,
      restoreBest: false,
    } as const;
    const data = () => memorySegmentation({ length: 16, batchSize: 4 });

    it('judges every level by the masks of its size, and leaves the segmenter as it was built', async () => {
      const model = tinyUnet();
      const before = [...(await weightArrays(model)).keys()];
      const seen: number[][][] = [];
      const named = segmentationObjective('dice-ce');
      const watched: SegmentationObjective = {
        ...named,
        loss: (outputs, targets) => {
          seen.push([outputs.logits, ...outputs.deep].map(({ shape }) => shape));
          expect(outputs.weights).toEqual([2 / 3, 1 / 3, 0]);
          return named.loss(outputs, targets);
        },
      };
      const { history } = await trainSegmenter({ ...options, model, train: data(), loss: watched, epochs: 4 });
      expect(history[3].trainLoss).toBeLessThan(history[0].trainLoss);
      expect(seen[0]).toEqual([
        [4, 8, 8, 3],
        [4, 4, 4, 3],
        [4, 2, 2, 3],
      ]);
      expect([...(await weightArrays(model)).keys()]).toEqual(before);
      expect((model.predict(tf.zeros([1, 8, 8, 3])) as tf.Tensor).shape).toEqual([1, 8, 8, 3]);
    });

    it('is training without it where all of the share is the finest output', async () => {
      const [plain, deep] = [tinyUnet(), tinyUnet()];
      await trainSegmenter({ ...options, model: plain, train: data(), deepSupervision: false });
      await trainSegmenter({ ...options, model: deep, train: data(), deepSupervision: [1, 0, 0] });
      const expected = await weightArrays(plain);
      for (const [path, { data: values }] of await weightArrays(deep)) {
        const other = expected.get(path)?.data as Float32Array;
        expect(Math.max(...Array.from(values, (value, i) => Math.abs(value - other[i])))).toBeLessThan(1e-5);
      }
    });

    it('goes on with the heads that it had, and frees them', async () => {
      const whole = tinyUnet();
      await trainSegmenter({ ...options, model: whole, train: data() });
      const store = memoryCheckpoints();
      const before = tf.memory().numTensors;
      const model = tinyUnet();
      const ofModel = tf.memory().numTensors - before;
      const abort = new AbortController();
      const first = await trainSegmenter({
        ...options,
        model,
        train: data(),
        checkpoints: { store },
        signal: abort.signal,
        listeners: [(event) => void (event.type === 'step' && event.step === 5 && abort.abort())],
      });
      expect(first.stopped).toBe('aborted');
      const resumed = { ...options, model, train: data(), checkpoints: { store } };
      await expect(trainSegmenter({ ...resumed, deepSupervision: [0.5, 0.5, 0] })).rejects.toThrow(/deepSupervision/);
      await trainSegmenter(resumed);
      expect(await weightArrays(model)).toEqual(await weightArrays(whole));
      expect(tf.memory().numTensors - before).toBe(ofModel);
    });

    it('refuses shares that do not fit, and networks without levels', async () => {
      const run = (model: LayersModel, deepSupervision: true | number[]) =>
        trainSegmenter({ ...options, model, train: data(), deepSupervision });
      await expect(run(tinyUnet(), [1, 0])).rejects.toMatchObject({ code: 'invalid-argument' });
      await expect(run(tinyUnet(), [1, -1, 0])).rejects.toMatchObject({ code: 'invalid-argument' });
      await expect(run(tinySegmenter(), true)).rejects.toMatchObject({ code: 'incompatible' });
    });
  });

  it('validates on as many batches as asked for', async () => {
    const { train, validation } = sources();
    const model = tinySegmenter(1, 0);
    const { history } = await trainSegmenter({ model, train, validation, validationBatches: 2, epochs: 1 });
    const report = await evaluateSegmenter(model, validation, { batches: 2 });
    expect(report.metrics.images).toBe(8);
    expect(history[0].metrics.meanIou).toBe(report.metrics.meanIou);
    await expect(evaluateSegmenter(model, validation, { batches: 0 })).rejects.toThrow(/batches/);
  });

  it('does not leak tensors', async () => {
    const model = tinySegmenter();
    const both = sources();
    const run = () => trainSegmenter({ ...both, model, epochs: 1, loss: 'dice-ce' });
    await run();
    const before = tf.memory().numTensors;
    await run();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('evaluateSegmenter', () => {
  it('predicts the most probable class of each pixel, and means its loss over the pixels that count', async () => {
    const model = tinySegmenter();
    const source = memorySegmentation({ length: 6, batchSize: 4 });
    const progress: number[] = [];
    const report = await evaluateSegmenter(model, source, { onProgress: (done, total) => progress.push(done / total) });
    expect(progress).toEqual([4 / 6, 1]);

    let loss = 0;
    let row = 0;
    const batches = source.epoch(0)[Symbol.asyncIterator]();
    for await (const { predicted, masks, shape } of predictMaskBatches(model, source)) {
      const { value: batch } = await batches.next();
      const probabilities = tf.tidy(() =>
        (model.predict(tf.tensor4d(batch.images, batch.imageShape)) as tf.Tensor).dataSync(),
      );
      expect([...masks]).toEqual([...batch.masks]);
      expect(shape).toEqual([row === 0 ? 4 : 2, 8, 8]);
      predicted.forEach((guess, i) => {
        const pixel = Array.from(probabilities.slice(3 * i, 3 * i + 3));
        expect(guess).toBe(pixel.indexOf(Math.max(...pixel)));
        if (masks[i] !== ignoreLabel) loss -= Math.log(pixel[masks[i]]) / (6 * 56);
      });
      row += shape[0];
    }
    expect(report.loss).toBeCloseTo(loss, 5);
  });

  it('refuses to score nothing, and stops on its signal', async () => {
    const model = tinySegmenter();
    const good = memorySegmentation({ length: 4, batchSize: 4 });
    const unknown = withMasks(good, ignoreLabel);
    await expect(evaluateSegmenter(model, { ...good, async *epoch() {} })).rejects.toThrow(/source is empty/);
    await expect(evaluateSegmenter(model, unknown)).rejects.toThrow(/Every pixel of every mask is ignored/);
    await expect(evaluateSegmenter(model, good, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
  });

  it('says so when the model gives NaN', async () => {
    const model = tinySegmenter();
    const head = model.getLayer('head');
    head.setWeights(head.getWeights().map((weight) => tf.fill(weight.shape, Number.NaN)));
    const source = memorySegmentation({ length: 4, batchSize: 4 });
    await expect(evaluateSegmenter(model, source)).rejects.toMatchObject({ code: 'invalid-argument' });
  });
});

/** A source whose masks hold one value. */
function withMasks(source: SegmentationSource, value: number): SegmentationSource {
  return {
    ...source,
    async *epoch(...args) {
      for await (const batch of source.epoch(...args)) yield { ...batch, masks: batch.masks.map(() => value) };
    },
  };
}

describe('what does not fit', () => {
  const good = memorySegmentation({ length: 8, batchSize: 4 });
  const withInfo = (info: Partial<SegmentationSource['info']>): SegmentationSource => ({
    ...good,
    info: { ...good.info, ...info },
  });
  const fit = (source: SegmentationSource, extra = {}) =>
    trainSegmenter({ model: tinySegmenter(), train: source, epochs: 1, ...extra });

  it.each([
    ['bands', fit.bind(null, withInfo({ bands: ['B02'] })), 'incompatible', /takes 3 bands, the data have 1/],
    ['classes', fit.bind(null, withInfo({ classes: ['a'] })), 'incompatible', /has 3 classes, the data have 1/],
    ['loss', fit.bind(null, good, { loss: 'dise' }), 'unknown-name', /Did you mean 'dice'/],
    ['mask value', fit.bind(null, withMasks(good, 3)), 'invalid-argument', /a mask holds 3; there are 3 classes/],
    [
      'monitor',
      fit.bind(null, good, { validation: good, monitor: { metric: 'meanIoU', mode: 'max' } }),
      'unknown-name',
      /meanIou/,
    ],
    [
      'size',
      fit.bind(null, memorySegmentation({ length: 8, batchSize: 4, size: 6 })),
      'shape-mismatch',
      /6 x 6.*8 x 8/,
    ],
  ] as const)('%s', async (_, attempt, code, message) => {
    const error = await attempt().catch((caught) => caught);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
