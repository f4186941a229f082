import { type EngineName, useEngine } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { networkFamilies } from '../cases/networks.js';
import { goldenFiles, isNetwork, type NetworkCase } from './files.js';
import { fill } from './hash.js';
import { inOurNames } from './names.js';
import { adamStep, fillWeights, firstDifference, inferenceRecords, statistics, trainingPass } from './network.js';

const files = goldenFiles().filter(isNetwork);

/**
 * Declares the tests of every network file on an engine.
 *
 * @param engine name, or `'auto'` for what `LULC_ENGINE` says
 */
export function networkSuite(engine: EngineName | 'auto'): void {
  describe(`on ${engine}`, () => {
    beforeAll(() => useEngine(engine));
    describe.each(files.map((file) => [file.id, file] as const))('%s', (_, file) => networkTests(file));
  });
}

function networkTests(original: NetworkCase): void {
  const family = networkFamilies[original.config.model];
  if (family === undefined) {
    it.skip(`not covered yet: no builder for '${original.config.model}'`, () => {});
    return;
  }
  const file = inOurNames(original, family.layerOf);

  it('fills tensors and inputs as the file checks', () => checkFill(file));

  it('has the parameters, and gives the outputs, logits, features and taps', () => {
    const model = family.build(file);
    expect(fillWeights(model, file)).toEqual({ missing: [], unexpected: [] });
    const count = (weights: { shape: (number | null)[] }[]) =>
      weights.reduce((sum, { shape }) => sum + shape.reduce<number>((product, n) => product * (n as number), 1), 0);
    expect(count(model.trainableWeights)).toBe(file.parameters.trainable);
    expect(count(model.nonTrainableWeights)).toBe(file.parameters.nonTrainable);

    const records = inferenceRecords(model, file);
    const { logitsAbs } = file.tolerance.advice;
    for (const name of ['output', 'logits', 'features'] as const) {
      expect(records[name].shape).toEqual(file.inference[name].shape);
      expect(firstDifference(records[name], file.inference[name]), name).toBeLessThanOrEqual(logitsAbs);
    }
    for (const [tap, expected] of Object.entries(file.inference.taps ?? {})) {
      const limit = 1e-5 * (expected.std + Math.abs(expected.mean));
      expect(records[tap].shape, tap).toEqual(expected.shape);
      expect(Math.abs(records[tap].mean - expected.mean), `${tap} mean`).toBeLessThanOrEqual(limit);
      expect(Math.abs(records[tap].std - expected.std), `${tap} std`).toBeLessThanOrEqual(limit);
      expect(Math.abs(records[tap].l2 / expected.l2 - 1), `${tap} l2`).toBeLessThanOrEqual(1e-5);
    }
    model.dispose();
  });

  if (file.lossOnly) it('has the losses in inference and training mode', () => checkLosses(file));
  if (file.train) it('has the loss, gradients, Adam step and moving statistics', () => checkTraining(file));
}

function checkFill(file: NetworkCase): void {
  const norm = (specs: readonly Parameters<typeof fill>[0][], gain?: number) =>
    Math.sqrt(
      specs.reduce((sum, spec) => sum + fill(spec, file.seed, gain).reduce((squares, v) => squares + v * v, 0), 0),
    );
  expect(norm(file.tensors, file.kernelGain) / file.fillCheck.l2OfAllTensors).toBeCloseTo(1, 8);
  expect(norm(file.inputs) / file.fillCheck.l2OfAllInputs).toBeCloseTo(1, 8);
}

function checkLosses(file: NetworkCase): void {
  const model = networkFamilies[file.config.model].build(file);
  fillWeights(model, file);
  const { lossAbs } = file.tolerance.advice;
  const { loss, trainingLogits } = trainingPass(model, file, file.inputs);
  trainingLogits.dispose();
  expect(Math.abs(loss - (file.lossOnly?.trainingMode as number))).toBeLessThanOrEqual(lossAbs);
  fillWeights(model, file);
  const logits = inferenceRecords(model, file).logits.first;
  const labels = fill(file.labels as never, file.seed);
  const inferenceLoss =
    logits.reduce((sum, z, i) => sum + Math.max(z, 0) - z * labels[i] + Math.log1p(Math.exp(-Math.abs(z))), 0) /
    logits.length;
  expect(Math.abs(inferenceLoss - (file.lossOnly?.inferenceMode as number))).toBeLessThanOrEqual(lossAbs);
  model.dispose();
}

async function checkTraining(file: NetworkCase): Promise<void> {
  const expected = file.train as NonNullable<NetworkCase['train']>;
  const advice = file.tolerance.advice;
  const model = networkFamilies[file.config.model].build(file);
  fillWeights(model, file);
  const { loss, trainingLogits, gradients, variables } = trainingPass(model, file, expected.inputs);

  expect(Math.abs(loss - expected.lossValue)).toBeLessThanOrEqual(advice.lossAbs);
  const logits = statistics(trainingLogits.dataSync(), trainingLogits.shape);
  expect(firstDifference(logits, expected.trainingLogits)).toBeLessThanOrEqual(advice.trainingLogitsAbs);

  expect([...gradients.keys()].sort()).toEqual(Object.keys(expected.gradL2).sort());
  for (const [path, gradient] of gradients) {
    const { l2 } = statistics(gradient.dataSync(), gradient.shape);
    const limit = advice.gradL2Rel * expected.gradL2[path] + advice.gradL2Abs;
    expect(Math.abs(l2 - expected.gradL2[path]), `gradient of ${path}`).toBeLessThanOrEqual(limit);
  }

  trainingLogits.dispose();
  const measured = new Map([...gradients].map(([path, gradient]) => [path, gradient.dataSync()]));
  tf.dispose([...gradients.values()]);

  fillWeights(model, file);
  await adamStep(model, file);
  const { lr, epsilon } = expected.optimizer;
  const firstStep = (g: number) => (lr * g) / (Math.abs(g) + epsilon);
  for (const [path, { before, gradient, after }] of Object.entries(expected.updated)) {
    const values = (variables.get(path) as tf.Variable).dataSync();
    for (const [i, g] of gradient.entries()) {
      const own = before[i] - firstStep((measured.get(path) as ArrayLike<number>)[i]);
      expect(Math.abs(values[i] - own), `${path}[${i}]: Adam on the measured gradient`).toBeLessThanOrEqual(
        advice.updatedAbs,
      );
      const limit = advice.updatedAbs + spread(firstStep, g, advice.gradL2Abs);
      expect(Math.abs(values[i] - after[i]), `${path}[${i}] after Adam`).toBeLessThanOrEqual(limit);
    }
  }
  const { batchNorm } = expected;
  if (batchNorm !== undefined) {
    for (const statistic of ['moving_mean', 'moving_variance'] as const) {
      const values = (variables.get(`${batchNorm.path}/${statistic}`) as tf.Variable).dataSync();
      for (const [i, value] of batchNorm[statistic].entries()) {
        expect(Math.abs(values[i] - value), `${statistic}[${i}]`).toBeLessThanOrEqual(advice.batchNormAbs);
      }
    }
  }
  model.dispose();
}

/**
 * How far Adam's first step moves when the gradient is off by what the file allows. Only matters for a gradient near that
 * (one value of one file is beyond the plain limit without it): elsewhere the step is ±lr whatever the rounding.
 */
function spread(step: (g: number) => number, g: number, off: number): number {
  return Math.abs(g) > 10 * off ? 0 : Math.max(Math.abs(step(g + off) - step(g)), Math.abs(step(g - off) - step(g)));
}
