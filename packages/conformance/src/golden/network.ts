import { bceFromLogits, classifierLayers, logitsModel, type NamedVariable, runTraining } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, model as tfModel } from '@tensorflow/tfjs-layers';
import { tapLayer } from '../cases/networks.js';
import type { NetworkCase, Statistics } from './files.js';
import { type Filled, fill } from './hash.js';

/** Every weight of a model by its path (`stem/conv/kernel`). */
export function weightsByPath(model: LayersModel): Map<string, tf.Variable> {
  const paths = new Map<string, tf.Variable>();
  for (const weight of model.weights) {
    paths.set(weight.originalName, (weight as unknown as { val: tf.Variable }).val);
  }
  return paths;
}

/** Fills the model's weights as the file says; the two sets of paths and shapes must be equal. */
export function fillWeights(
  model: LayersModel,
  file: Pick<NetworkCase, 'tensors' | 'seed' | 'kernelGain'>,
): { missing: string[]; unexpected: string[] } {
  const weights = weightsByPath(model);
  const missing = file.tensors.map(({ path }) => path).filter((path) => !weights.has(path));
  const expected = new Set(file.tensors.map(({ path }) => path));
  const unexpected = [...weights.keys()].filter((path) => !expected.has(path));
  tf.tidy(() => {
    for (const spec of file.tensors) {
      weights.get(spec.path)?.assign(tf.tensor(fill(spec, file.seed, file.kernelGain), [...spec.shape]));
    }
  });
  return { missing, unexpected };
}

/** The tensors of a list of specifications. */
export function tensorsOf(specs: readonly Filled[], seed: number): tf.Tensor[] {
  return specs.map((spec) => tf.tensor(fill(spec, seed), [...spec.shape]));
}

/** Statistics of a tensor's values, in doubles. */
export function statistics(values: ArrayLike<number>, shape: readonly number[]): Statistics {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i];
    squares += values[i] * values[i];
  }
  const mean = sum / values.length;
  return {
    shape,
    first: Array.from({ length: Math.min(64, values.length) }, (_, i) => values[i]),
    mean,
    std: Math.sqrt(Math.max(0, squares / values.length - mean * mean)),
    l2: Math.sqrt(squares),
  };
}

/** Largest difference between the leading values of two records. */
export function firstDifference(got: Statistics, expected: Statistics): number {
  return expected.first.reduce((worst, value, i) => Math.max(worst, Math.abs(value - got.first[i])), 0);
}

/** Output, logits, features and taps of one inference pass. */
export function inferenceRecords(model: LayersModel, file: NetworkCase): Record<string, Statistics> {
  const taps = Object.keys(file.inference.taps ?? {}).map((tap) => [tap, tapLayer(model, tap)] as const);
  const layers: [string, string][] = [
    ['output', classifierLayers.probabilities],
    ['logits', classifierLayers.logits],
    ['features', classifierLayers.features],
    ...taps.map(([tap, layer]): [string, string] => {
      if (layer === undefined) throw new Error(`no layer for tap '${tap}' of ${file.id}`);
      return [tap, layer];
    }),
  ];
  const probe = tfModel({
    inputs: model.inputs,
    outputs: layers.map(([, layer]) => model.getLayer(layer).output as tf.Tensor & never),
  });
  const records: Record<string, Statistics> = {};
  tf.tidy(() => {
    const outputs = probe.apply(tensorsOf(file.inputs, file.seed), { training: false }) as tf.Tensor[];
    for (const [i, [name]] of layers.entries()) records[name] = statistics(outputs[i].dataSync(), outputs[i].shape);
  });
  return records;
}

/** Loss, logits and gradients of one training-mode pass; moving statistics are updated as a side effect. */
export function trainingPass(model: LayersModel, file: NetworkCase, inputs: readonly Filled[]) {
  const logits = logitsModel(model);
  const variables = weightsByPath(model);
  const trainable = model.trainableWeights.map(({ originalName }) => variables.get(originalName) as tf.Variable);
  const data = tensorsOf(inputs, file.seed);
  const labels = tensorsOf([file.labels as Filled], file.seed)[0] as tf.Tensor2D;
  let trainingLogits: tf.Tensor | undefined;
  const { value, grads } = tf.variableGrads(() => {
    const z = logits.apply(data, { training: true }) as tf.Tensor2D;
    trainingLogits = tf.keep(z.clone());
    return bceFromLogits(z, labels);
  }, trainable);
  const gradients = new Map(
    model.trainableWeights.map(({ originalName }) => [
      originalName,
      grads[(variables.get(originalName) as tf.Variable).name],
    ]),
  );
  return { loss: value.dataSync()[0], trainingLogits: trainingLogits as tf.Tensor, gradients, variables };
}

/** One step of this library's own training loop with the file's Adam, through loss, gradients and moving statistics. */
export async function adamStep(model: LayersModel, file: NetworkCase): Promise<void> {
  const { inputs, optimizer } = file.train as NonNullable<NetworkCase['train']>;
  const logits = logitsModel(model);
  const variables = weightsByPath(model);
  const named = (weights: readonly { readonly originalName: string }[]): NamedVariable[] =>
    weights.map(({ originalName: name }) => ({ name, variable: variables.get(name) as tf.Variable }));
  const data = tensorsOf(inputs, file.seed);
  const [labels] = tensorsOf([file.labels as Filled], file.seed);
  const { lr, beta1, beta2, epsilon } = optimizer;
  await runTraining(
    {
      source: {
        stepsPerEpoch: 1,
        epoch: async function* () {
          yield data;
        },
      },
      weights: named(model.trainableWeights),
      state: named(model.nonTrainableWeights),
      loss: (batch) => bceFromLogits(logits.apply(batch, { training: true }) as tf.Tensor2D, labels as tf.Tensor2D),
      samples: () => inputs[0].shape[0],
    },
    { epochs: 1, learningRate: lr, schedule: 'constant', optimizer: { name: 'adam', beta1, beta2, epsilon } },
  );
  tf.dispose([...data, labels]);
}
