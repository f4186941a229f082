import {
  type Batch,
  type BatchSource,
  type CaptureStatus,
  compileForInference,
  type LoopOptions,
  LulcError,
  runTraining,
} from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import { countParameters } from '../models/parameters.js';
import { fixedImages, fixedTraining, type MeasuredNetwork } from './problems.js';
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

/**
 * Training steps of the library's own loop: forward, loss, gradients, Adam. A step goes from the moment the loop gets its
 * batch to the moment it asks for the next.
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
  if (capture === 'auto') requireRecording();
  const training = fixedTraining(network, size, batch);
  const { items, pass } = turnstile<never>();
  const stop = new AbortController();
  const running = runTraining<never>(
    {
      ...training.problem,
      source: { stepsPerEpoch: Number.MAX_SAFE_INTEGER, epoch: () => items(training.batch) },
    },
    {
      epochs: 1,
      learningRate: 1e-3,
      optimizer: training.optimizer,
      schedule: 'constant',
      capture,
      signal: stop.signal,
    },
  );
  const ended = running.then(() => undefined);
  ended.catch(() => undefined); // the step that meets it tells
  return {
    parameters: training.problem.weights.reduce((sum, { variable }) => sum + variable.size, 0),
    step: () => Promise.race([pass(), ended]),
    dispose: async () => {
      stop.abort();
      void pass();
      await running;
      training.dispose();
    },
  };
}

/** Predictions of the model as it is; a step ends when they have arrived in JavaScript. */
export function inferenceSubject(network: MeasuredNetwork, size: number, batch: number): Subject {
  const model = network.build(size);
  const images = fixedImages(network, size, batch);
  return {
    parameters: countParameters(model).trainable,
    step: async () => {
      const output = tf.tidy(() => model.predict(images, { batchSize: batch }) as tf.Tensor);
      await output.data();
      output.dispose();
    },
    dispose: async () => {
      model.dispose();
      images.dispose();
    },
  };
}

/**
 * Predictions of the model prepared for nothing else; a step ends when they have arrived in JavaScript.
 *
 * @throws LulcError `unavailable` when the engine cannot prepare it
 */
export function compiledSubject(network: MeasuredNetwork, size: number, batch: number): Subject {
  requireRecording();
  const model = network.build(size);
  const images = fixedImages(network, size, batch);
  const compiled = compileForInference(model);
  return {
    parameters: countParameters(model).trainable,
    step: async () => {
      const [output] = compiled.predict(images);
      await output.data();
      output.dispose();
    },
    detail: () => compiled.status().map(recordingText).join('; '),
    dispose: async () => {
      compiled.dispose();
      model.dispose();
      images.dispose();
    },
  };
}

/** Engines that cannot record do the same work in two modes; to call it by both names would mislead. */
function requireRecording(): void {
  if ('capture' in tf.backend()) return;
  throw new LulcError('unavailable', 'this engine cannot record operations: it would be as without', {
    where: { engine: tf.getBackend() },
  });
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
