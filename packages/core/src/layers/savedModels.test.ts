import * as tf from '@tensorflow/tfjs-core';
import {
  type LayersModel,
  layers,
  loadLayersModel,
  models,
  sequential,
  model as tfModel,
} from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { cbam, coordinateAttention, eca, pipe, squeezeExcitation, useEngine } from '../index.js';
import { activation, leakyRelu, relu } from './activation.js';
import type { BatchNorm } from './batchNormLayer.js';
import { residual } from './compose.js';
import { conv2d, dense, depthwiseConv2d } from './conv.js';
import { dropout, dropPath } from './dropout.js';
import { ghostConv2d } from './ghost.js';
import { image } from './graph.js';
import { batchNorm, instanceNormalization, layerNormalization } from './norm.js';
import { globalAveragePool } from './pool.js';
import { rescale } from './rescale.js';
import { reshape } from './reshape.js';
import { bicubicResize } from './resize.js';
import { extractPatches, multiHeadAttention, position, swapTokens } from './tokens.js';

beforeAll(() => useEngine('cpu'));

/** A network with every layer class of this library. */
function everything(): LayersModel {
  const x = image({ shape: [6, 5, 3], seed: 2 });
  const block = pipe<4>(
    rescale({ factor: 0.5, offset: -1 }),
    bicubicResize([8, 7]),
    conv2d({ filters: 8, kernelSize: 3, stride: 2 }),
    batchNorm({ gammaInit: 'uniform' }),
    pipe(instanceNormalization({ epsilon: 1e-3 }), leakyRelu({ slope: 0.2 })),
    activation('hardSwish'),
    ghostConv2d({ filters: 8, kernelSize: 3 }),
    depthwiseConv2d({ kernelSize: 3 }),
    relu(),
    eca(),
    squeezeExcitation(),
    cbam(),
    coordinateAttention(),
    residual(dropPath(0.2)),
  );
  const tokens = pipe(
    extractPatches(2),
    pipe(position(), position({ form: 'index' })),
    pipe(layerNormalization(), layerNormalization({ axis: 'tokens' })),
    pipe(swapTokens(), swapTokens(), multiHeadAttention({ heads: 2, keyDim: 3, dropout: 0.1 })),
    reshape<3, 4>([2, 2, 32]),
  );
  const head = pipe(globalAveragePool(), activation<2>('gelu'), dropout(0.3), dense({ units: 2 }));
  return tfModel({ inputs: x, outputs: head(tokens(block(x))), name: 'everything' });
}

/** Saved and loaded by TF.js alone. */
async function throughTfjs(model: LayersModel): Promise<LayersModel> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (saved) => {
      artifacts = saved;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return loadLayersModel(tf.io.fromMemory(artifacts as tf.io.ModelArtifacts));
}

const x = () => tf.randomNormal([2, 6, 5, 3], 0, 1, 'float32', 9);
const predicted = (model: LayersModel) => tf.tidy(() => [...(model.predict(x()) as tf.Tensor).dataSync()]);
const movingMean = (model: LayersModel) => [
  ...model.weights
    .find(({ originalName }) => originalName.endsWith('moving_mean'))!
    .read()
    .dataSync(),
];

describe('models of these layers are models of TF.js', () => {
  it('every layer survives toJSON', async () => {
    const model = everything();
    const again = (await models.modelFromJSON(JSON.parse(model.toJSON() as string))) as LayersModel;
    expect(again.toJSON(null, false)).toEqual(model.toJSON(null, false));
    again.setWeights(model.getWeights());
    expect(predicted(again)).toEqual(predicted(model));
  });

  it('save and loadLayersModel give the same network', async () => {
    const model = everything();
    const again = await throughTfjs(model);
    expect(predicted(again)).toEqual(predicted(model));
    expect(again.weights.map(({ originalName }) => originalName)).toEqual(
      model.weights.map(({ originalName }) => originalName),
    );
  });

  it('a frozen batch norm stays frozen, and one that is freed is saved free', async () => {
    const model = everything();
    model.getLayer('bn').trainable = false;
    const frozen = await throughTfjs(model);
    const before = movingMean(frozen);
    tf.tidy(() => void frozen.apply(x(), { training: true }));
    expect(frozen.getLayer('bn').trainable).toBe(false);
    expect(movingMean(frozen)).toEqual(before);
    frozen.getLayer('bn').trainable = true;
    expect((frozen.getLayer('bn') as BatchNorm).getConfig().trainable).toBe(true);
  });

  it('compile and fit train it, and batch norm follows its batches', async () => {
    const classes = Array.from({ length: 32 }, (_, i) => i % 2);
    const labels = tf.oneHot(tf.tensor1d(classes, 'int32'), 2);
    const noise = tf.randomNormal([32, 6, 5, 3], 0, 1, 'float32', 1);
    const data = tf.add(noise, tf.reshape(tf.tensor1d(classes), [32, 1, 1, 1]));
    const input = image({ shape: [6, 5, 3], seed: 1 });
    const block = pipe(conv2d({ filters: 6, kernelSize: 3 }), batchNorm(), relu(), eca(), globalAveragePool());
    const output = pipe(dense({ units: 2 }), activation<2>('softmax'))(block(input));
    const model = tfModel({ inputs: input, outputs: output });
    model.compile({ optimizer: tf.train.adam(0.02), loss: 'categoricalCrossentropy' });
    await model.fit(data, labels, { epochs: 1, batchSize: 16, shuffle: false, verbose: 0 });
    const tensors = tf.memory().numTensors;
    const { history } = await model.fit(data, labels, { epochs: 12, batchSize: 16, shuffle: false, verbose: 0 });
    expect(tf.memory().numTensors).toBe(tensors);
    expect(history.loss.at(-1) as number).toBeLessThan(0.5 * (history.loss[0] as number));
    expect(movingMean(model).some((value) => Math.abs(value) > 1e-3)).toBe(true);
  });

  it('fits into a model of the user’s own; freezing it there freezes its statistics', () => {
    const encoder = everything();
    const whole = sequential({ layers: [encoder, layers.dense({ units: 1 })] });
    const before = movingMean(encoder);
    const train = () => tf.tidy(() => void whole.apply(x(), { training: true }));
    train();
    const moved = movingMean(encoder);
    expect(moved).not.toEqual(before);
    encoder.trainable = false;
    train();
    expect(movingMean(encoder)).toEqual(moved);
    expect(whole.trainableWeights).toHaveLength(2);
    encoder.trainable = true;
    train();
    expect(movingMean(encoder)).not.toEqual(moved);
  });
});
