import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import type { ClassificationTask } from '../data/types.js';
import { LulcError, unknownName } from '../errors/lulcError.js';
import {
  type BceOptions,
  bceFromLogits,
  type FocalOptions,
  focalFromLogits,
  type SoftmaxCrossEntropyOptions,
  softmaxCrossEntropy,
} from './classification.js';

/** A loss described by data, so that it can stand in a configuration file and in a model card. */
export type LossSpec =
  | ({
      /** {@link bceFromLogits}, the default of multi-label tasks. */
      readonly name: 'bce';
    } & BceOptions)
  | ({
      /** {@link focalFromLogits}, for multi-label tasks. */
      readonly name: 'focal';
    } & FocalOptions)
  | ({
      /** {@link softmaxCrossEntropy}, the default of single-label tasks. */
      readonly name: 'softmax-cross-entropy';
    } & SoftmaxCrossEntropyOptions);

/** Names of the losses that work on the logits of a classifier. */
export type LossName = LossSpec['name'];

/**
 * A loss ready for use.
 *
 * @param logits `[batch, classes]`
 * @param labels `[batch, classes]`
 * @returns scalar, the mean over the batch
 */
export type Loss = (logits: Tensor2D, labels: Tensor2D) => Scalar;

const losses: {
  readonly [Name in LossName]: {
    readonly task: ClassificationTask;
    readonly apply: (logits: Tensor2D, labels: Tensor2D, options: Extract<LossSpec, { name: Name }>) => Scalar;
  };
} = {
  bce: { task: 'multi-label', apply: bceFromLogits },
  focal: { task: 'multi-label', apply: focalFromLogits },
  'softmax-cross-entropy': { task: 'single-label', apply: softmaxCrossEntropy },
};

/** The loss that a task is trained with when none is named. */
export const defaultLoss: Readonly<Record<ClassificationTask, LossName>> = {
  'multi-label': 'bce',
  'single-label': 'softmax-cross-entropy',
};

/**
 * The function of a described loss.
 *
 * @param spec a name, or a name with options; default by task
 * @param task what the labels mean
 * @returns the loss
 * @throws LulcError `unknown-name` for an unknown loss, `incompatible` for one that does not fit the task
 * @example
 * ```ts
 * import { createLoss } from '@lulc/core';
 *
 * const loss = createLoss({ name: 'bce', labelSmoothing: 0.1 }, 'multi-label');
 * ```
 */
export function createLoss(spec: LossName | LossSpec | undefined, task: ClassificationTask): Loss {
  const full = { ...(typeof spec === 'object' ? spec : { name: spec ?? defaultLoss[task] }) } as LossSpec;
  if (!Object.hasOwn(losses, full.name)) {
    throw unknownName('loss', full.name, Object.keys(losses));
  }
  const entry = losses[full.name];
  if (entry.task !== task) {
    throw new LulcError('incompatible', `the loss '${full.name}' is for ${entry.task} tasks, the data are ${task}`);
  }
  const apply = entry.apply as (logits: Tensor2D, labels: Tensor2D, options: LossSpec) => Scalar;
  return (logits, labels) => apply(logits, labels, full);
}
