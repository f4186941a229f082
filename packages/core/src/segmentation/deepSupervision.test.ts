import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, model as tfModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { feature } from '../backbone/backbone.js';
import { conv2d, image, loadModel, modelToBytes, useEngine, weightArrays } from '../index.js';
import { deepSupervisionHeads } from './deepSupervision.js';
import { denseNetwork } from './denseNetwork.js';
import { segmentationLogits, segmenter } from './segmenter.js';
import { type UnetOptions, unetDecoder } from './unetDecoder.js';

beforeAll(() => useEngine('cpu'));

function unet(options: UnetOptions = {}, bias?: boolean): LayersModel {
  const input = image({ shape: [16, 24, 2], seed: 1 });
  const stem = conv2d({ name: 'stem', filters: 3, kernelSize: 3 })(input);
  const fine = conv2d({ name: 'fine', filters: 3, kernelSize: 3, stride: 2 })(stem);
  const middle = conv2d({ name: 'middle', filters: 4, kernelSize: 3, stride: 2 })(fine);
  const output = conv2d({ name: 'bottom', filters: 5, kernelSize: 3, stride: 2 })(middle);
  const features = [feature(stem, 1), feature(fine, 2), feature(middle, 4), feature(output, 8)];
  const decoder = unetDecoder({ widths: [4, 6, 7], norm: 'instance', ...options });
  return segmenter(denseNetwork({ name: 'tiny', input, output, features }, decoder), { classes: 3, bias });
}

const given = () => tf.randomNormal([2, 16, 24, 2], 0, 1, 'float32', 5);

describe('deepSupervisionHeads', () => {
  it('gives the logits and those of every coarser level, by 1×1 convolutions of its own', async () => {
    const model = unet({ decodedDropout: 0.2 });
    const training = deepSupervisionHeads(model, { seed: 2 });
    expect(training.outputs.map(({ shape }) => shape)).toEqual([
      [null, 16, 24, 3],
      [null, 8, 12, 3],
      [null, 4, 6, 3],
    ]);
    const own = training.weights.map((w) => [w.originalName, w.shape]).slice(model.weights.length);
    expect(training.countParams() - model.countParams()).toBe(6 * 3 + 3 + 7 * 3 + 3);
    expect(Object.fromEntries(own.filter(([name]) => `${name}`.startsWith('deep/')))).toEqual({
      'deep/level2/kernel': [1, 1, 6, 3],
      'deep/level2/bias': [3],
      'deep/level3/kernel': [1, 1, 7, 3],
      'deep/level3/bias': [3],
    });
    const [logits, level2] = training.predict(given()) as tf.Tensor4D[];
    const alone = segmentationLogits(model).predict(given()) as tf.Tensor;
    expect([...logits.dataSync()]).toEqual([...alone.dataSync()]);
    // The head of a level is a product with its last map.
    const { output } = model.getLayer('decoder/level2/unit2/relu');
    const map = tfModel({ inputs: model.inputs, outputs: output }).predict(given()) as tf.Tensor4D;
    const weights = await weightArrays(training);
    const kernel = tf.tensor2d(weights.get('deep/level2/kernel')?.data as Float32Array, [6, 3]);
    const product = tf.matMul(tf.reshape(map, [-1, 6]), kernel);
    const difference = tf.max(tf.abs(tf.sub(tf.reshape(product, level2.shape), level2)));
    expect(difference.dataSync()[0]).toBeLessThan(1e-5);
  });

  it('starts its heads by the seed, and shares everything else', async () => {
    const model = unet();
    const kernels = async (seed: number) =>
      (await weightArrays(deepSupervisionHeads(model, { seed }))).get('deep/level2/kernel')?.data;
    expect(await kernels(1)).toEqual(await kernels(1));
    expect(await kernels(1)).not.toEqual(await kernels(2));
    const training = deepSupervisionHeads(model);
    const shared = training.weights.filter(({ originalName }) => !originalName.startsWith('deep/'));
    expect(new Set(shared.map(({ id }) => id))).toEqual(new Set(model.weights.map(({ id }) => id)));
  });

  it('has heads without bias where the segmenter has', () => {
    const names = deepSupervisionHeads(unet({}, false)).weights.map(({ originalName }) => originalName);
    expect(names.filter((name) => name.startsWith('deep/'))).toEqual(['deep/level2/kernel', 'deep/level3/kernel']);
    expect(names).not.toContain('head/bias');
  });

  it('works on a segmenter from a file', async () => {
    const loaded = await loadModel(await modelToBytes(unet()));
    expect(deepSupervisionHeads(loaded as LayersModel).outputs.map(({ shape }) => shape[1])).toEqual([16, 8, 4]);
  });

  it('refuses other models', () => {
    const input = image({ shape: [8, 8, 1] });
    const backbone = { name: 'flat', input, output: input, features: [] };
    const plain = segmenter(denseNetwork(backbone), { classes: 2 });
    expect(() => deepSupervisionHeads(plain)).toThrow(expect.objectContaining({ code: 'incompatible' }));
  });
});
