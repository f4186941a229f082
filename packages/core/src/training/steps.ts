import * as tf from '@tensorflow/tfjs-core';
import { stepKey } from '../layers/randomStream.js';
import { type CaptureStatus, captured } from '../ops/capture.js';
import { addUp, finishGradient, type LossAndGradient, lossAndGradient } from './gradientStep.js';
import type { LossScale } from './lossScale.js';
import type { RunSettings } from './runSettings.js';
import type { RunTensors } from './runTensors.js';
import type { TrainingProblem } from './types.js';

/** The two halves of a training step, each recorded by the engine where it can. */
export interface Steps<B> {
  /**
   * Loss and gradient of a micro-batch.
   *
   * @param batch the micro-batch
   * @param microStep its number in the run
   * @param sum what earlier micro-batches of the step gave; freed
   */
  addMicroBatch(batch: B, microStep: number, sum: LossAndGradient | undefined): LossAndGradient;
  /**
   * Mean, clipping, update and moving average.
   *
   * @param sum loss and gradient summed over `count` micro-batches; freed
   * @param count number of micro-batches
   * @param learningRate of this step
   * @param step number of the step, from 1
   * @returns mean loss and gradient norm, `[2]`
   */
  update(sum: LossAndGradient, count: number, learningRate: number, step: number): tf.Tensor1D;
  /** What became of the recordings; empty where the engine cannot record. */
  status(): readonly CaptureStatus[];
  /** Frees what was recorded. */
  dispose(): void;
}

/** Binds the steps of a run to its tensors. Only a problem that says which tensors its loss depends on is recorded. */
export function createSteps<B>(
  problem: TrainingProblem<B>,
  { seed, clip, capture }: Pick<RunSettings, 'seed' | 'clip' | 'capture'>,
  tensors: RunTensors,
): Steps<B> {
  const { weights, optimizer, lossScale } = tensors;
  let current: { readonly batch: B; readonly microStep: number };
  const gradient = captured(
    (args) => {
      const { batch, microStep } = current;
      const factor = lossScale?.factor();
      const { loss, gradient: flat } = lossAndGradient(
        weights,
        () => problem.loss(batch, args),
        factor,
        seed,
        microStep,
      );
      return [loss, flat];
    },
    problem.tensors === undefined ? 'off' : capture,
  );
  // What a replay does not run must not matter: the numbers that change from step to step are named.
  let count = 1;
  const update = captured(([loss, sum], { learningRate, step, keep }) => {
    const { gradient: mean, numbers } = finishGradient(
      { loss: loss as tf.Scalar, gradient: sum as tf.Tensor1D },
      count,
      clip,
    );
    const finite = lossScale && (tf.isFinite(tf.reshape(tf.slice1d(numbers, 1, 1), [])) as tf.Scalar);
    optimizer.applyUpdate(mean, learningRate, step, finite);
    mean.dispose();
    tensors.updateAverage(keep);
    return [lossScale && finite ? skipped(numbers, lossScale, finite) : numbers];
  }, capture);

  return {
    addMicroBatch: (batch, microStep, sum) => {
      current = { batch, microStep };
      const [loss, flat] = tf.tidy(() =>
        gradient.run(problem.tensors?.(batch) ?? [], { stepKey: stepKey(seed, microStep) }),
      );
      return addUp(sum, { loss: loss as tf.Scalar, gradient: flat as tf.Tensor1D });
    },
    update: (sum, micro, learningRate, step) => {
      count = micro;
      const numbers = { learningRate, step, keep: tensors.averageKeeps(step) };
      const [result] = tf.tidy(() => update.run([sum.loss, sum.gradient], numbers, `${micro} micro-batches`));
      tf.dispose([sum.loss, sum.gradient]);
      return result as tf.Tensor1D;
    },
    status: () => [...gradient.status(), ...update.status()],
    dispose: () => {
      gradient.dispose();
      update.dispose();
    },
  };
}

/** Adjusts the factor. A step that was left out reports norm 0, unless the factor is as small as it gets: then it diverged. */
function skipped(numbers: tf.Tensor1D, lossScale: LossScale, finite: tf.Scalar): tf.Tensor1D {
  const isLast = tf.lessEqual(lossScale.factor(), 1);
  lossScale.adjust(finite);
  const norm = tf.where(tf.logicalOr(finite, isLast), tf.slice1d(numbers, 1, 1), tf.zeros([1]));
  return tf.concat1d([tf.slice1d(numbers, 0, 1), norm]);
}
