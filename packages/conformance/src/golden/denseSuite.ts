import { readFileSync } from 'node:fs';
import { type EngineName, softmaxCrossEntropy, useEngine } from '@lulc/core';
import { segmentationLogits, segmenterLayers } from '@lulc/core/segmentation';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, type SymbolicTensor, model as tfModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { type GlcNetDecoder, glcNet, glcNetPath, glcNetTaps, withDecoder } from '../cases/glcNet.js';
import { type DenseNetworkCase, goldenFiles, isDenseNetwork, type Statistics } from './files.js';
import { type Filled, fill } from './hash.js';
import { fillWeights, firstDifference, statistics, tensorsOf, weightsByPath } from './network.js';

const files = goldenFiles().filter(isDenseNetwork);

/** A pass of PyTorch with gradients. */
interface GradientRecord {
  readonly loss: number;
  readonly gradL2: Readonly<Record<string, number>>;
  /** How far its float32 is from its float64. */
  readonly float32Deviation: { readonly loss: number; readonly gradL2Rel: number };
}

/** What `fixtures/glcnet_training.py` wrote. */
interface TrainingRecord {
  readonly input: Filled & { readonly name: string };
  readonly labels: Filled;
  readonly movingStatistics: GradientRecord;
  readonly batchStatistics: GradientRecord;
}

const passes = JSON.parse(
  readFileSync(new URL('fixtures/glcnet-training.json', import.meta.url), 'utf8'),
) as TrainingRecord;

/** How much further than PyTorch's float32 another may be. */
const slack = 5;

/** Classes of the file's second decoder. */
const classes = 6;

/**
 * Declares the tests of GLCNet's network on an engine.
 *
 * @param engine name, or `'auto'` for what `LULC_ENGINE` says
 * @param gradients whether to go backward too, which takes its time
 */
export function denseSuite(engine: EngineName | 'auto', gradients: boolean): void {
  describe.each(files.map((file) => [file.id, file] as const))(`%s on ${engine}`, (_, file) => {
    beforeAll(() => useEngine(engine));
    it('has the parameters, and gives the maps of both decoders and all on the way', () => checkInference(file));
    it.runIf(gradients)('has the loss and the gradients that PyTorch has', () => checkGradients(file));
  });
}

async function checkInference(file: DenseNetworkCase): Promise<void> {
  const { logitsAbs } = file.tolerance.advice;
  const dense = await filled(file, 'dense_decoder');
  const { encoder, ...got } = inference(dense, file, { output: segmenterLayers.logits, ...glcNetTaps });
  expectClose(got.output, file.inference.output, logitsAbs, 'output');
  expectClose(encoder, file.inference.features, logitsAbs, 'features');
  for (const [tap, expected] of Object.entries(file.inference.taps)) {
    const map = { encoder, ...got }[tap] as Statistics;
    const limit = 1e-5 * (expected.std + Math.abs(expected.mean));
    expect(map.shape, tap).toEqual(expected.shape);
    expect(Math.abs(map.mean - expected.mean), `${tap} mean`).toBeLessThanOrEqual(limit);
    expect(Math.abs(map.std - expected.std), `${tap} std`).toBeLessThanOrEqual(limit);
  }
  const sizes = sizesOf(dense, () => true);
  dense.dispose();

  const classifying = await filled(file, 'class_decoder');
  const { classLogits } = inference(classifying, file, { classLogits: segmenterLayers.logits });
  expectClose(classLogits, file.inference.classLogits, logitsAbs, 'class logits');
  const second = sizesOf(classifying, (path) => /^(decoder|head)\//.test(path));
  expect(sizes.trainable + second.trainable).toBe(file.parameters.trainable);
  expect(sizes.nonTrainable + second.nonTrainable).toBe(file.parameters.nonTrainable);
  classifying.dispose();
}

async function checkGradients(file: DenseNetworkCase): Promise<void> {
  const model = await filled(file, 'class_decoder');
  const variables = weightsByPath(model);
  const paths = model.trainableWeights.map(({ originalName }) => originalName);
  const logits = segmentationLogits(model);
  const [images] = tensorsOf([passes.input], file.seed);
  const truth = tf.tidy(() => tf.oneHot(tf.tensor1d(fill(passes.labels, file.seed), 'int32'), classes) as tf.Tensor2D);
  for (const training of [false, true]) {
    const { loss, gradL2, float32Deviation } = training ? passes.batchStatistics : passes.movingStatistics;
    const { value, grads } = tf.variableGrads(
      () => {
        const z = logits.apply(images, { training }) as tf.Tensor;
        return softmaxCrossEntropy(tf.reshape(z, [-1, classes]) as tf.Tensor2D, truth);
      },
      paths.map((path) => variables.get(path) as tf.Variable),
    );
    expect(Math.abs(value.dataSync()[0] - loss)).toBeLessThan(slack * float32Deviation.loss + 1e-5 * loss);
    const expected = Object.entries(gradL2).map(([path, l2]) => [glcNetPath(path), l2] as const);
    expect(expected.map(([path]) => path).sort()).toEqual([...paths].sort());
    for (const [path, l2] of expected) {
      const gradient = grads[(variables.get(path) as tf.Variable).name];
      const got = statistics(gradient.dataSync(), gradient.shape).l2;
      expect(Math.abs(got / l2 - 1), `${path}, training ${training}`).toBeLessThan(slack * float32Deviation.gradL2Rel);
    }
    tf.dispose([value, grads]);
  }
  tf.dispose([images, truth]);
  model.dispose();
}

/** The network with one of the file's decoders and the file's weights. */
async function filled(file: DenseNetworkCase, decoder: GlcNetDecoder): Promise<LayersModel> {
  const channels = file.tensors.find(({ path }) => path === `${decoder}/out/bias`)?.shape[0] as number;
  const model = await glcNet(file, channels);
  expect(fillWeights(model, withDecoder(file, decoder))).toEqual({ missing: [], unexpected: [] });
  return model;
}

function inference<Name extends string>(
  model: LayersModel,
  file: DenseNetworkCase,
  layers: Readonly<Record<Name, string>>,
): Record<Name, Statistics> {
  const names = Object.keys(layers) as Name[];
  const outputs = names.map((name) => model.getLayer(layers[name]).output as SymbolicTensor);
  const probe = tfModel({ inputs: model.inputs, outputs });
  const records = {} as Record<Name, Statistics>;
  tf.tidy(() => {
    const got = [probe.apply(tensorsOf(file.inputs, file.seed), { training: false }) as tf.Tensor | tf.Tensor[]].flat();
    for (const [i, name] of names.entries()) records[name] = statistics(got[i].dataSync(), got[i].shape);
  });
  return records;
}

function expectClose(got: Statistics, expected: Statistics, limit: number, what: string): void {
  expect(got.shape, what).toEqual(expected.shape);
  expect(firstDifference(got, expected), what).toBeLessThanOrEqual(limit);
  expect(Math.abs(got.l2 / expected.l2 - 1), `${what} l2`).toBeLessThanOrEqual(1e-5);
}

function sizesOf(model: LayersModel, isCounted: (path: string) => boolean) {
  const values = (weights: LayersModel['weights']) =>
    weights
      .filter(({ originalName }) => isCounted(originalName))
      .reduce((sum, { shape }) => sum + shape.reduce<number>((product, side) => product * (side as number), 1), 0);
  return { trainable: values(model.trainableWeights), nonTrainable: values(model.nonTrainableWeights) };
}
