import {
  type Batch,
  type BatchSource,
  bceFromLogits,
  type CaptureStatus,
  compileForInference,
  type LoopOptions,
  LulcError,
  logitsModel,
  type NamedVariable,
  runTraining,
} from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { countParameters } from '../models/parameters.js';
import type { BenchNetwork } from './networks.js';
import { turnstile } from './turnstile.js';

/** Something that does one step of work at a time. */
export interface Subject {
  /** Trainable weights; absent where there is no model. */
  readonly parameters?: number;
  /** One step, finished when it resolves. */
  step(): Promise<void>;
  /** Untimed work at the start of a turn. */
  settle?(): Promise<void>;
  /** Steps come in bursts, from work done ahead: only their mean means something. */
  readonly inBursts?: boolean;
  /** What is to be known about how it works, once it has settled. */
  detail?(): string;
  /** Frees everything. */
  dispose(): Promise<void>;
}

/** What must be known of a network to measure it. */
export type MeasuredNetwork = Pick<BenchNetwork, 'labels' | 'bands' | 'classes' | 'build'>;

/** What a model is measured with: fixed random numbers. */
interface FixedBatch {
  readonly images: tf.Tensor4D;
  readonly labels: tf.Tensor;
  dispose(): void;
}

function fixedBatch({ bands, classes, labels }: MeasuredNetwork, size: number, batch: number): FixedBatch {
  const shape = labels === 'scenes' ? [batch, classes] : [batch, size, size, classes];
  const images = tf.randomNormal([batch, size, size, bands], 0, 1, 'float32', 1) as tf.Tensor4D;
  const drawn = tf.tidy(() => tf.cast(tf.greater(tf.randomUniform(shape, 0, 1, 'float32', 2), 0.85), 'float32'));
  return { images, labels: drawn, dispose: () => tf.dispose([images, drawn]) };
}

/**
 * Training steps of the library's own loop: forward, binary cross-entropy from logits, gradients, Adam. A step goes from
 * the moment the loop gets its batch to the moment it asks for the next.
 *
 * @param network what is trained
 * @param size height and width in pixels
 * @param batch images per step
 * @param capture whether the engine records the step and replays it
 * @throws LulcError `unavailable` when it is to record and cannot
 */
export function trainingSubject(
  network: MeasuredNetwork,
  size: number,
  batch: number,
  capture: LoopOptions['capture'] = 'off',
): Subject {
  const model = network.build(size);
  const logits = network.labels === 'scenes' ? logitsModel(model) : model;
  const data = fixedBatch(network, size, batch);
  if (capture === 'auto') requireRecording(model, data);
  const rows = <T extends tf.Tensor>(values: T) => tf.reshape(values, [-1, network.classes]) as tf.Tensor2D;
  const { items, pass } = turnstile<tf.Tensor4D>();
  const stop = new AbortController();
  const running = runTraining(
    {
      source: { stepsPerEpoch: Number.MAX_SAFE_INTEGER, epoch: () => items(data.images) },
      weights: variables(model.trainableWeights),
      state: variables(model.nonTrainableWeights),
      tensors: (images) => [images, data.labels],
      loss: (_, [images, labels]) =>
        bceFromLogits(rows(logits.apply(images, { training: true }) as tf.Tensor), rows(labels)),
      samples: () => batch,
    },
    { epochs: 1, learningRate: 1e-3, optimizer: 'adam', schedule: 'constant', capture, signal: stop.signal },
  );
  const ended = running.then(() => undefined);
  ended.catch(() => undefined); // the step that meets it tells
  return {
    parameters: countParameters(model).trainable,
    step: () => Promise.race([pass(), ended]),
    dispose: async () => {
      stop.abort();
      void pass();
      await running;
      model.dispose();
      data.dispose();
    },
  };
}

/** Predictions of the model as it is; a step ends when they have arrived in JavaScript. */
export function inferenceSubject(network: MeasuredNetwork, size: number, batch: number): Subject {
  const model = network.build(size);
  const data = fixedBatch(network, size, batch);
  return {
    parameters: countParameters(model).trainable,
    step: async () => {
      const output = tf.tidy(() => model.predict(data.images, { batchSize: batch }) as tf.Tensor);
      await output.data();
      output.dispose();
    },
    dispose: async () => {
      model.dispose();
      data.dispose();
    },
  };
}

/**
 * Predictions of the model prepared for nothing else; a step ends when they have arrived in JavaScript.
 *
 * @throws LulcError `unavailable` when the engine cannot prepare it
 */
export function compiledSubject(network: MeasuredNetwork, size: number, batch: number): Subject {
  const model = network.build(size);
  const data = fixedBatch(network, size, batch);
  requireRecording(model, data);
  const compiled = compileForInference(model);
  return {
    parameters: countParameters(model).trainable,
    step: async () => {
      const [output] = compiled.predict(data.images);
      await output.data();
      output.dispose();
    },
    detail: () => compiled.status().map(recordingText).join('; '),
    dispose: async () => {
      compiled.dispose();
      model.dispose();
      data.dispose();
    },
  };
}

/** Engines that cannot record do the same work in two modes; to call it by both names would mislead. */
function requireRecording(model: LayersModel, data: FixedBatch): void {
  const compiled = compileForInference(model);
  tf.dispose(compiled.predict(data.images));
  const recording = compiled.status();
  compiled.dispose();
  if (recording.length === 0) {
    model.dispose();
    data.dispose();
    throw new LulcError('unavailable', 'this engine cannot record operations: it would be as without', {
      where: { engine: tf.getBackend() },
    });
  }
}

function recordingText({ state, reason, kernelCalls }: CaptureStatus): string {
  const calls = kernelCalls === undefined ? '' : `, ${kernelCalls[0]} kernel calls fused to ${kernelCalls[1]}`;
  return `${state}${reason === undefined ? '' : ` (${reason})`}${calls}`;
}

/**
 * Batches of a loader, epoch after epoch. What it read ahead while others had their turn is taken before time is kept.
 *
 * @param source gives the batches; closed with the subject
 * @param ahead batches that it prepares ahead
 */
export function loadingSubject(source: BatchSource, ahead: number): Subject {
  const batches = (async function* (): AsyncGenerator<Batch, void> {
    for (let epoch = 0; ; epoch++) yield* source.epoch(epoch);
  })();
  const step = async () => void (await batches.next());
  return {
    step,
    inBursts: true,
    settle: async () => {
      for (let i = 0; i <= ahead; i++) await step();
    },
    dispose: async () => {
      await batches.return(undefined);
      await source.close();
    },
  };
}

const variables = (weights: LayersModel['weights']): NamedVariable[] =>
  weights.map((weight) => ({ name: weight.originalName, variable: weight.read() as tf.Variable }));
