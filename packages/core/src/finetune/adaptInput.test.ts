import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { type LayersModel, layers, input as tfInput, model as tfModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCard } from '../model/card.js';
import { loadModel } from '../model/loadModel.js';
import { modelToBytes } from '../model/saveModel.js';
import { weightArrays } from '../model/weights.js';
import { sampleModel, scramble } from '../testing/sampleModel.js';
import { stagedClassifier } from '../testing/stagedClassifier.js';
import { adaptBands, resizeInput } from './adaptInput.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const rgb = ['B04', 'B03', 'B02'];

/** Predictions for the same scene: every band a fixed picture of its own. */
function predict(model: LayersModel, bands: readonly string[], same = false): number[] {
  return tf.tidy(() => {
    const planes = bands.map((band) =>
      tf.randomNormal([2, 6, 6], 0, 1, 'float32', same ? 1 : Number(band.slice(1)) + 1),
    );
    return [...(model.predict(tf.stack(planes, 3)) as tf.Tensor).dataSync()];
  });
}

function near(a: readonly number[], b: readonly number[]): void {
  expect(a).toHaveLength(b.length);
  a.forEach((value, i) => {
    expect(value).toBeCloseTo(b[i], 5);
  });
}

async function trained(): Promise<LayersModel> {
  const model = stagedClassifier(rgb);
  scramble(model, 4);
  return model;
}

describe('other bands', () => {
  it.each([
    ['built', async (model: LayersModel) => model],
    ['loaded', async (model: LayersModel) => loadModel(await modelToBytes(model))],
  ])('in another order give the same (%s)', async (_, through) => {
    const model = await through(await trained());
    const order = ['B02', 'B04', 'B03'];
    near(predict(await adaptBands(model, order), order), predict(model, rgb));
  });

  it('that start from zero have no say', async () => {
    const model = await trained();
    const bands = ['B08', 'B04', 'B11', 'B03', 'B02'];
    near(predict(await adaptBands(model, bands, { strategy: 'zero' }), bands), predict(model, rgb));
  });

  it('that start from the average keep the magnitude, fewer bands as well', async () => {
    const model = await trained();
    const bands = ['B08', 'B04', 'B11', 'B03', 'B02'];
    // the same picture in every band: the sum over the kernels is what counts
    near(predict(await adaptBands(model, bands), bands, true), predict(model, rgb, true));
    const none = ['B05', 'B06'];
    near(predict(await adaptBands(model, none), none, true), predict(model, rgb, true));
    const [kernel] = [...(await weightArrays(model)).values()];
    const [fewer] = [...(await weightArrays(await adaptBands(model, ['B03']))).values()];
    near(
      [...fewer.data],
      [...kernel.data].filter((_, i) => Math.floor(i / 4) % 3 === 1).map((value) => 3 * value),
    );
  });

  it('take the kernel of the nearest in the spectrum, or the mean of two', async () => {
    const model = await trained();
    const wavelengths = { B02: 490, B03: 560, B04: 665, B05: 705, X: 525 };
    const options = { strategy: 'nearest', rescale: false, wavelengths } as const;
    const kernels = async (other: LayersModel, bands: number) => {
      const { data } = (await weightArrays(other)).get('stem/conv/kernel') ?? { data: [] };
      return Array.from({ length: bands }, (_, band) => [...data].filter((_, i) => Math.floor(i / 4) % bands === band));
    };
    const [red, green, blue] = await kernels(model, 3);
    const [b05, x, b04] = await kernels(await adaptBands(model, ['B05', 'X', 'B04'], options), 3);
    expect([b05, b04]).toEqual([red, red]);
    near(
      x,
      green.map((value, i) => (value + blue[i]) / 2),
    );
    await expect(adaptBands(model, ['B09'], options)).rejects.toMatchObject({ code: 'unknown-name' });
  });

  it('are kept apart in a dense layer over patches, too', async () => {
    const image = tfInput({ shape: [2, 2, 3] });
    const flat = layers.flatten({}).apply(image) as typeof image;
    const dense = layers.dense({ name: 'dense', units: 2, activation: 'tanh' });
    const model = tfModel({ inputs: image, outputs: dense.apply(flat) as typeof image });
    const other = await adaptBands(model, ['c', 'x', 'a', 'b'], { from: ['a', 'b', 'c'], strategy: 'zero' });
    const plane = (band: string) => tf.randomNormal([1, 2, 2], 0, 1, 'float32', band.charCodeAt(0));
    const values = (of: LayersModel, bands: readonly string[]) =>
      tf.tidy(() => [...(of.predict(tf.stack(bands.map(plane), 3)) as tf.Tensor).dataSync()]);
    near(values(other, ['c', 'x', 'a', 'b']), values(model, ['a', 'b', 'c']));
  });

  it('are written into the card, with their scaling where it is known', async () => {
    const model = await trained();
    const card = readCard(await adaptBands(model, ['B02', 'B04']));
    expect(card).toMatchObject({ bands: ['B02', 'B04'], scaling: { mean: [2, 0], std: [3, 1] }, metrics: {} });
    expect([card?.training, card?.pretraining?.length]).toEqual([undefined, 1]);
    expect(readCard(await adaptBands(model, ['B02', 'B08']))?.scaling).toBeUndefined();
    expect(readCard(model)).toMatchObject({ bands: rgb, training: { epochs: 2 } });
  });

  it('are refused where they cannot be told apart', async () => {
    const model = await trained();
    const bare = sampleModel();
    await expect(adaptBands(bare, ['B02'])).rejects.toMatchObject({ code: 'incompatible', message: /'from'/ });
    await expect(adaptBands(model, ['X'], { strategy: 'zero' })).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(adaptBands(model, [])).rejects.toMatchObject({ code: 'invalid-argument' });
    const two = tfInput({ shape: [4] });
    const other = tfModel({ inputs: two, outputs: layers.dense({ units: 1 }).apply(two) as typeof two });
    await expect(adaptBands(other, ['X'])).rejects.toMatchObject({ code: 'incompatible' });
    const image = tfInput({ shape: [2, 2, 3] });
    const depthwise = layers.depthwiseConv2d({ kernelSize: 1 }).apply(image) as typeof image;
    const odd = tfModel({ inputs: image, outputs: depthwise });
    await expect(adaptBands(odd, ['B02'], { from: rgb })).rejects.toMatchObject({
      code: 'incompatible',
      message: /cannot be told apart/,
    });
  });

  it('leave nothing behind', async () => {
    const model = await trained();
    const begin = tf.memory().numTensors;
    (await adaptBands(model, ['B02'])).dispose();
    expect(tf.memory().numTensors).toBe(begin);
  });
});

describe('another size', () => {
  it('is taken by a convolutional network as it is', async () => {
    const model = await trained();
    const larger = await resizeInput(model, [8, 10]);
    expect(larger.inputs[0].shape).toEqual([null, 8, 10, 3]);
    expect(readCard(larger)).toMatchObject({ inputSize: [8, 10], bands: rgb });
    expect(await weightArrays(larger)).toEqual(await weightArrays(model));
  });

  it('needs an adapter where a weight depends on it', async () => {
    const image = tfInput({ shape: [2, 2, 3] });
    const flat = layers.flatten({}).apply(image) as typeof image;
    const model = tfModel({
      inputs: image,
      outputs: layers.dense({ name: 'dense', units: 2 }).apply(flat) as typeof image,
    });
    await expect(resizeInput(model, [3, 3])).rejects.toMatchObject({ code: 'incompatible', message: /dense\/kernel/ });
    const zeros = await resizeInput(
      model,
      [3, 3],
      [
        ({ path, shape }) =>
          path === 'dense/kernel' ? { dtype: 'float32', shape, data: new Float32Array(3 * 3 * 3 * 2) } : undefined,
      ],
    );
    expect(zeros.inputs[0].shape).toEqual([null, 3, 3, 3]);
  });

  it('is refused where the network cannot take it', async () => {
    const image = tfInput({ shape: [4, 4, 3] });
    const pooled = layers.averagePooling2d({ poolSize: 3, strides: 3 }).apply(image) as typeof image;
    const reshaped = layers.reshape({ targetShape: [3] }).apply(pooled) as typeof image;
    await expect(resizeInput(tfModel({ inputs: image, outputs: reshaped }), [9, 9])).rejects.toMatchObject({
      code: 'incompatible',
      message: /cannot be built/,
    });
  });
});
