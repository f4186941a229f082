import { plainConvUnet } from '@lulc/cloud-unet-kd';
import { type OptimizerSpec, runTraining } from '@lulc/core';
import {
  deepSupervisionHeads,
  deepSupervisionLoss,
  deepSupervisionWeights,
  segmentationLoss,
} from '@lulc/core/segmentation';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, model as tfModel } from '@tensorflow/tfjs-layers';
import type { GoldenFile, NetworkCase, Statistics } from '../golden/files.js';
import type { Filled } from '../golden/hash.js';
import { fillWeights, statistics, tensorsOf, weightsByPath } from '../golden/network.js';
import { adviceOf, type Comparison, compareStatistics, type TableRunner } from './comparison.js';

/** The file of a U-Net of nnU-Net. */
interface UnetCase extends Pick<NetworkCase, 'seed' | 'tensors' | 'inputs' | 'parameters' | 'fillCheck'> {
  readonly config: { readonly widths: readonly number[]; readonly channels: number; readonly classes: number } & {
    readonly inputSize: number;
    readonly padding: string;
  };
  readonly inference: {
    readonly output: Statistics;
    readonly deepOutput1: Statistics;
    readonly taps: Readonly<Record<string, Statistics>>;
  };
  readonly labels: Filled;
  readonly train: NonNullable<NetworkCase['train']> & {
    readonly sgdNesterov: {
      readonly lr: number;
      readonly momentum: number;
      readonly weightDecay: number;
      readonly clipNorm: number;
      readonly gradientNorm: number;
      readonly updated: Readonly<Record<string, { readonly after: readonly number[] }>>;
    };
  };
  readonly parameterFormula: { readonly oneHead: number; readonly allHeads: number };
  readonly deepSupervisionWeights: readonly number[];
}

/** A segmenter and its training network, with the file's weights. */
interface Networks {
  readonly model: LayersModel;
  readonly training: LayersModel;
}

const loss = segmentationLoss({ name: 'dice-ce', ignoreBackground: true });

/** Where a layer of the file is here; decoders are counted from the coarsest level there. */
function layerOf(name: string, stages: number): string {
  const [part, unit, kind] = name.split('/');
  const index = Number(part.slice(-1));
  const level = stages - 1 - index;
  if (unit === 'head') return level === 1 ? 'head' : `deep/level${level}`;
  const stage = part.startsWith('encoder') ? `stage${index + 1}` : `decoder/level${level}`;
  if (unit === 'up') return `${stage}/up`;
  return unit === undefined ? `${stage}/unit2/leakyRelu` : `${stage}/unit${Number(unit.slice(-1)) + 1}/${kind}`;
}

function weightOf(path: string, stages: number): string {
  const end = path.lastIndexOf('/');
  return `${layerOf(path.slice(0, end), stages)}${path.slice(end)}`;
}

function build({ config, tensors, seed }: UnetCase): Networks {
  const { widths, channels, classes, inputSize, padding } = config;
  const model = plainConvUnet({
    widths,
    bands: channels,
    classes,
    inputSize,
    padding: padding.startsWith('1 pixel') ? 'symmetric' : 'same',
  });
  const training = deepSupervisionHeads(model);
  const ours = tensors.map((tensor) => ({ ...tensor, path: weightOf(tensor.path, widths.length) }));
  const { missing, unexpected } = fillWeights(training, { tensors: ours, seed });
  if (missing.length + unexpected.length > 0) throw new Error(`other weights: ${[...missing, ...unexpected]}`);
  return { model, training };
}

/** One step of this library's training loop by the file's loss. */
async function step(
  { training }: Networks,
  file: UnetCase,
  learningRate: number,
  optimizer: OptimizerSpec,
  clip?: number,
): Promise<Map<string, tf.Variable>> {
  const variables = weightsByPath(training);
  const [images] = tensorsOf(file.train.inputs, file.seed);
  const masks = masksOf(file);
  await runTraining(
    {
      source: {
        stepsPerEpoch: 1,
        epoch: async function* () {
          yield [images];
        },
      },
      weights: training.trainableWeights.map(({ originalName: name }) => ({
        name,
        variable: variables.get(name) as tf.Variable,
      })),
      state: [],
      loss: (batch) => deepSupervisionLoss(loss, training.apply(batch, { training: true }) as tf.Tensor4D[], masks),
      samples: () => file.train.inputs[0].shape[0],
    },
    {
      epochs: 1,
      learningRate,
      schedule: 'constant',
      optimizer,
      ...(clip !== undefined && { clip: { globalNorm: clip } }),
    },
  );
  tf.dispose([images, masks]);
  return variables;
}

function masksOf({ labels, seed }: UnetCase): tf.Tensor3D {
  return tf.tidy(() => tf.cast(tensorsOf([labels], seed)[0], 'int32') as tf.Tensor3D);
}

function* compareInference(file: UnetCase, { model, training }: Networks): Iterable<Comparison> {
  const { logitsAbs } = adviceOf<'logitsAbs'>(file as unknown as GoldenFile);
  const exact = (what: string, got: number, expected: number): Comparison => ({ what, got, expected, tolerance: 0 });
  yield exact('parameters', training.countParams(), file.parameters.trainable);
  yield exact('parameters with one head', model.countParams(), file.parameterFormula.oneHead);
  yield exact('parameters with all heads', training.countParams(), file.parameterFormula.allHeads);
  for (const [i, weight] of deepSupervisionWeights(training.outputs.length).entries()) {
    yield exact(`weight of output ${i}`, weight, file.deepSupervisionWeights[i]);
  }
  const { output, deepOutput1, taps } = file.inference;
  const names = Object.keys(taps);
  const maps = names.map(
    (name) => training.getLayer(layerOf(name, file.config.widths.length)).output as tf.Tensor & never,
  );
  const probe = tfModel({ inputs: training.inputs, outputs: [...training.outputs, ...maps] });
  const got = tf.tidy(() => {
    const outputs = probe.apply(tensorsOf(file.inputs, file.seed), { training: false }) as tf.Tensor[];
    return outputs.map((output) => output.dataSync() as Float32Array);
  });
  // Norms are sums over the whole map.
  const near = (expected: number) => Math.max(logitsAbs, 1e-5 * Math.abs(expected));
  yield* compareStatistics('logits', got[0], output, near);
  yield* compareStatistics('deep logits', got[1], deepOutput1, near);
  for (const [i, name] of names.entries()) {
    const { mean, std } = taps[name];
    const limit = 1e-5 * (std + Math.abs(mean));
    yield* compareStatistics(name, got[i + 2], taps[name], (expected) => Math.max(limit, 2e-5 * Math.abs(expected)));
  }
}

function* compareGradients(file: UnetCase, { training }: Networks): Iterable<Comparison> {
  const { lossAbs, gradL2Rel, gradL2Abs, trainingLogitsAbs } = adviceOf(file as unknown as GoldenFile);
  const variables = weightsByPath(training);
  const stages = file.config.widths.length;
  const [images] = tensorsOf(file.train.inputs, file.seed);
  const masks = masksOf(file);
  let logits: ArrayLike<number> = [];
  const { value, grads } = tf.variableGrads(() => {
    const outputs = training.apply(images, { training: true }) as tf.Tensor4D[];
    logits = outputs[0].dataSync();
    return deepSupervisionLoss(loss, outputs, masks);
  }, [...variables.values()]);
  yield { what: 'loss', got: value.dataSync()[0], expected: file.train.lossValue, tolerance: lossAbs };
  yield* compareStatistics('logits in training', logits, file.train.trainingLogits, (expected) =>
    Math.max(trainingLogitsAbs, 1e-5 * Math.abs(expected)),
  );
  for (const [path, expected] of Object.entries(file.train.gradL2)) {
    // An output of weight 0 gives its head no gradient at all.
    const gradient = grads[(variables.get(weightOf(path, stages)) as tf.Variable).name] as tf.Tensor | undefined;
    const got = gradient === undefined ? 0 : statistics(gradient.dataSync(), gradient.shape).l2;
    yield { what: `gradient of ${path}`, got, expected, tolerance: gradL2Rel * expected + gradL2Abs };
  }
  tf.dispose([value, images, masks, grads]);
}

function* compareUpdated(
  what: string,
  updated: Readonly<Record<string, { readonly after: readonly number[] }>>,
  variables: ReadonlyMap<string, tf.Variable>,
  file: UnetCase,
): Iterable<Comparison> {
  const { updatedAbs } = adviceOf<'updatedAbs'>(file as unknown as GoldenFile);
  for (const [path, { after }] of Object.entries(updated)) {
    const got = (variables.get(weightOf(path, file.config.widths.length)) as tf.Variable).dataSync();
    for (const [i, expected] of after.entries()) {
      yield { what: `${path} ${i} after ${what}`, got: got[i], expected, tolerance: updatedAbs };
    }
  }
}

/** Every number of the file of a U-Net beside what the library gives. */
export async function* compareUnet(golden: GoldenFile): AsyncIterable<Comparison> {
  const file = golden as unknown as UnetCase;
  const fresh = build(file);
  yield* compareInference(file, fresh);
  yield* compareGradients(file, fresh);
  const { lr, beta1, beta2, epsilon } = file.train.optimizer;
  const adam = await step(fresh, file, lr, { name: 'adam', beta1, beta2, epsilon });
  yield* compareUpdated('Adam', file.train.updated, adam, file);
  fresh.training.dispose();
  const { sgdNesterov } = file.train;
  const { momentum, weightDecay, clipNorm } = sgdNesterov;
  const again = build(file);
  const sgd: OptimizerSpec = { name: 'sgd', momentum, nesterov: true, weightDecay, decayOn: 'all' };
  const updated = await step(again, file, sgdNesterov.lr, sgd, clipNorm);
  yield* compareUpdated('SGD', sgdNesterov.updated, updated, file);
  again.training.dispose();
}

/** The kind of file of a U-Net of nnU-Net. */
export const unetRunners: readonly TableRunner[] = [
  { fields: ['tensors', 'deepSupervisionWeights'], compare: compareUnet },
];
