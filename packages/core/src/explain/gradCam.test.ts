import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { layers, type SymbolicTensor, model as tfModel } from '@tensorflow/tfjs-layers';
import { expect, test } from 'vitest';
import { feature } from '../backbone/backbone.js';
import { classifier, logitsModel } from '../backbone/classifier.js';
import { isLulcError } from '../errors/lulcError.js';
import { relu } from '../layers/activation.js';
import { pipe } from '../layers/compose.js';
import { conv2d } from '../layers/conv.js';
import { image } from '../layers/graph.js';
import { weightArrays } from '../model/weights.js';
import { sampleModel, scramble } from '../testing/sampleModel.js';
import { gradCam } from './gradCam.js';

const [batch, size, channels, classes] = [3, 8, 5, 4];

/** One convolution, mean over pixels, dense: Grad-CAM has a closed form. */
function tiny(stride = 1, seed = 4) {
  const input = image({ shape: [size, size, 2], seed });
  const output = pipe<4>(
    conv2d({ name: 'conv', filters: channels, kernelSize: 3, stride }),
    relu({ name: 'map' }),
  )(input);
  return classifier({ name: 'tiny', input, output, features: [feature(output, stride)] }, { classes });
}

const images = tf.tidy(() => tf.keep(tf.randomNormal([batch, size, size, 2], 0, 1, 'float32', 8))) as tf.Tensor4D;

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return isLulcError(error) ? error.code : String(error);
  }
  return undefined;
}

/** ReLU(Σ_k w_k A_k) / (H W) by hand, then stretched to 0 … 1. */
async function closedForm(model: ReturnType<typeof tiny>, wanted: (b: number) => number): Promise<number[][]> {
  const maps = tf.tidy(() => {
    const { output } = model.getLayer('map');
    return tfModel({ inputs: model.inputs, outputs: output as SymbolicTensor }).predict(images) as tf.Tensor4D;
  });
  const [, height, width] = maps.shape;
  const a = await maps.data();
  const w = (await weightArrays(model)).get('head/kernel')!.data;
  maps.dispose();
  return Array.from({ length: batch }, (_, b) => {
    const raw = Array.from({ length: height * width }, (_, pixel) => {
      let sum = 0;
      for (let k = 0; k < channels; k++)
        sum += w[k * classes + wanted(b)] * a[(b * height * width + pixel) * channels + k];
      return Math.max(0, sum) / (height * width);
    });
    const [low, high] = [Math.min(...raw), Math.max(...raw)];
    return raw.map((value) => (high > low ? (value - low) / (high - low) : 0));
  });
}

async function rows(maps: tf.Tensor3D): Promise<number[][]> {
  const values = Array.from(await maps.data());
  const pixels = maps.shape[1] * maps.shape[2];
  maps.dispose();
  return Array.from({ length: batch }, (_, b) => values.slice(b * pixels, (b + 1) * pixels));
}

function expectClose(found: number[][], expected: number[][]): void {
  for (const [b, row] of expected.entries()) {
    for (const [i, value] of row.entries()) expect(found[b][i]).toBeCloseTo(value, 5);
  }
}

test('mean pooling and a dense head: the map is ReLU(Σ w_k A_k) stretched to 0 … 1', async () => {
  const model = tiny();
  for (const classIndex of [0, 3]) {
    const expected = await closedForm(model, () => classIndex);
    expect(Math.max(...expected.flat())).toBe(1);
    expectClose(await rows(gradCam(model, images, { classIndex })), expected);
  }
  expectClose(
    await rows(gradCam(model, images, { classIndex: [2, 0, 1] })),
    await closedForm(model, (b) => [2, 0, 1][b]),
  );
  model.dispose();
});

test('the predicted class is each image’s highest score', async () => {
  const model = tiny();
  // Scores with mean 0 per class cannot all have their highest in one class.
  const bias = model.getLayer('head').weights[1];
  const scores = () => logitsModel(model).predict(images) as tf.Tensor2D;
  tf.tidy(() => {
    bias.write(tf.neg(tf.mean(scores(), 0)));
  });
  const best = Array.from(await tf.argMax(scores(), 1).data());
  expect(new Set(best).size).toBeGreaterThan(1);
  expectClose(await rows(gradCam(model, images)), await closedForm(model, (b) => best[b]));
  model.dispose();
});

test('a coarse map is brought to the size of the input bilinearly', async () => {
  const model = tiny(2);
  const coarse = await closedForm(model, () => 1);
  const found = await rows(gradCam(model, images, { classIndex: 1 }));
  const half = size / 2;
  const at = (b: number, y: number, x: number) =>
    coarse[b][Math.min(half - 1, Math.max(0, y)) * half + Math.min(half - 1, Math.max(0, x))];
  for (let b = 0; b < batch; b++) {
    // Factor 2 with half-pixel centres: weights 3/4 and 1/4 of the nearest two samples per axis.
    const up = Array.from({ length: size * size }, (_, i) => {
      const [y, x] = [Math.floor(i / size), i % size];
      const [near, far] = [(v: number) => v >> 1, (v: number) => (v >> 1) + (v % 2 === 0 ? -1 : 1)];
      const row = (v: number) => 0.75 * at(b, v, near(x)) + 0.25 * at(b, v, far(x));
      return 0.75 * row(near(y)) + 0.25 * row(far(y));
    });
    const [low, high] = [Math.min(...up), Math.max(...up)];
    for (const [i, value] of up.entries()) expect(found[b][i]).toBeCloseTo((value - low) / (high - low), 4);
  }
  model.dispose();
});

test('deeper in the network the weights are the mean gradient (finite differences)', async () => {
  const model = sampleModel(3);
  scramble(model, 12);
  const x = tf.randomNormal([1, 8, 8, 4], 0, 1, 'float32', 2) as tf.Tensor4D;
  const layer = 'stem/bn';
  // The sample's head follows block1/add, which is not linear in the stem: shift one channel of the batch norm's beta.
  const score = () => tf.tidy(() => (headOf.predict(x) as tf.Tensor).dataSync()[1]);
  const headOf = tfModel({ inputs: model.inputs, outputs: model.getLayer('head').output as SymbolicTensor });
  const beta = model.getLayer(layer).weights.find(({ originalName }) => originalName.endsWith('beta'))!;
  const start = Float32Array.from(beta.read().dataSync());
  const step = 1e-3;
  const weights = Array.from(start, (_, k) => {
    const shifted = (sign: number) => {
      const values = start.slice();
      values[k] += sign * step;
      const tensor = tf.tensor1d(values);
      beta.write(tensor);
      tensor.dispose();
      return score();
    };
    return (shifted(1) - shifted(-1)) / (2 * step);
  });
  const restored = tf.tensor1d(start);
  beta.write(restored);
  const map = tfModel({ inputs: model.inputs, outputs: model.getLayer(layer).output as SymbolicTensor });
  const a = (map.predict(x) as tf.Tensor).dataSync();
  const raw = Array.from({ length: 64 }, (_, pixel) =>
    Math.max(
      0,
      weights.reduce((sum, weight, k) => sum + weight * a[pixel * weights.length + k], 0),
    ),
  );
  const [low, high] = [Math.min(...raw), Math.max(...raw)];
  const found = gradCam(model, x, { classIndex: 1, layer }).dataSync();
  for (const [i, value] of raw.entries()) expect(found[i]).toBeCloseTo((value - low) / (high - low), 2);
  model.dispose();
});

test('the last map is found behind gates and 1×1 pooling, and a choice is asked for when there are two', () => {
  const input = image({ shape: [8, 8, 2] });
  const make = (name: string) => layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', name });
  const first = make('first').apply(input) as SymbolicTensor;
  const second = make('second').apply(first) as SymbolicTensor;
  const pooled = layers.averagePooling2d({ poolSize: 8, name: 'pool' }).apply(second) as SymbolicTensor;
  const flat = layers.flatten({ name: 'flat' }).apply(pooled) as SymbolicTensor;
  const other = layers.globalMaxPooling2d({ name: 'max' }).apply(first) as SymbolicTensor;
  const joined = layers.concatenate({ name: 'join' }).apply([flat, other]) as SymbolicTensor;
  const single = tfModel({
    inputs: input,
    outputs: layers.dense({ units: 2, name: 'head' }).apply(flat) as SymbolicTensor,
  });
  const two = tfModel({
    inputs: input,
    outputs: layers.dense({ units: 2, name: 'head' }).apply(joined) as SymbolicTensor,
  });
  expect(gradCam(single, images).dataSync()).toEqual(gradCam(single, images, { layer: 'second' }).dataSync());
  expect(codeOf(() => gradCam(two, images))).toBe('invalid-argument');
  expect(codeOf(() => gradCam(two, images, { layer: 'second' }))).toBe('invalid-argument');
  expect(codeOf(() => gradCam(two, images, { layer: 'first' }))).toBeUndefined();
});

test('a model of several inputs gets one map at the size of the largest', () => {
  const fine = image({ shape: [8, 8, 2], name: 'fine' });
  const coarse = image({ shape: [4, 4, 1], name: 'coarse', sharedWith: fine });
  const grown = layers.upSampling2d({ size: [2, 2], name: 'grow' }).apply(coarse) as SymbolicTensor;
  const joined = layers.concatenate({ name: 'join' }).apply([fine, grown]) as SymbolicTensor;
  const map = layers
    .conv2d({ filters: 3, kernelSize: 3, padding: 'same', name: 'map' })
    .apply(joined) as SymbolicTensor;
  const vector = layers.globalAveragePooling2d({ name: 'mean' }).apply(map);
  const head = layers.dense({ units: 2, name: 'head' }).apply(vector) as SymbolicTensor;
  const model = tfModel({ inputs: [fine, coarse], outputs: head });
  const small = tf.ones([batch, 4, 4, 1]) as tf.Tensor4D;
  expect(gradCam(model, [images, small]).shape).toEqual([batch, 8, 8]);
  expect(codeOf(() => gradCam(model, images))).toBe('shape-mismatch');
  model.dispose();
});

test('a map without positive evidence is 0, not NaN', () => {
  const model = tiny();
  const [kernel] = model.getLayer('head').weights;
  const zeros = tf.zeros(kernel.shape as [number, number]);
  kernel.write(zeros);
  expect(Array.from(gradCam(model, images, { classIndex: 0 }).dataSync())).toEqual(Array(batch * size * size).fill(0));
  model.dispose();
});

test('wrong arguments are refused', () => {
  const model = tiny();
  expect(codeOf(() => gradCam(model, images, { classIndex: 4 }))).toBe('invalid-argument');
  expect(codeOf(() => gradCam(model, images, { classIndex: 0.5 }))).toBe('invalid-argument');
  expect(codeOf(() => gradCam(model, images, { classIndex: [0] }))).toBe('invalid-argument');
  expect(codeOf(() => gradCam(model, images, { layer: 'cnov' }))).toBe('unknown-name');
  expect(codeOf(() => gradCam(model, images, { layer: 'head' }))).toBe('shape-mismatch');
  expect(codeOf(() => gradCam(model, tf.zeros([1, 9, 9, 2])))).toBe('shape-mismatch');
  expect(codeOf(() => gradCam(model, [images, images]))).toBe('shape-mismatch');
  model.dispose();
});

test('nothing leaks, and the model stays as it was', () => {
  const model = sampleModel();
  const x = tf.zeros([2, 8, 8, 4]) as tf.Tensor4D;
  gradCam(model, x).dispose();
  const before = tf.memory().numTensors;
  for (let i = 0; i < 3; i++) gradCam(model, x).dispose();
  expect(codeOf(() => gradCam(model, x, { classIndex: 9 }))).toBe('invalid-argument');
  expect(tf.memory().numTensors).toBe(before);
  expect(model.layers.every((layer) => layer.inboundNodes.length === 1)).toBe(true);
  model.dispose();
});
