import { LulcError } from '@lulc/core';
import {
  type SegmentationLossName,
  type SegmentationLossSpec,
  type SegmentationObjective,
  segmentationObjective,
} from '@lulc/core/segmentation';
import * as tf from '@tensorflow/tfjs-core';
import { type DistanceOptions, distillationDistance, resolveDistance } from './distances.js';

/** How a student learns from labels and teacher. Plain data, but for an objective of one's own. */
export interface DistillationOptions extends DistanceOptions {
  /**
   * Share of the teacher, 0 … 1; default 0.3. 0 is training without a teacher, to the last bit; at 1 no label is looked at.
   */
  readonly alpha?: number;
  /** What is learnt from the labels; default {@link cloudLoss}. With deep supervision it sees all outputs of the student. */
  readonly hard?: SegmentationLossName | SegmentationLossSpec | SegmentationObjective;
}

/** nnU-Net's loss: soft Dice of the classes but the background over the whole batch, and cross-entropy. */
export const cloudLoss: SegmentationLossSpec = { name: 'dice-ce', ignoreBackground: true };

/**
 * The objective of a student: `(1 − α)·L_hard(z, y) + α·f·d(z, teacher)`, with `f = T²` for `'kl'`, so that gradients do not
 * fade with the temperature, and 1 for the other distances. Defaults are those of the public distillation of nnU-Net
 * (Fast-nnUNet): α 0.3, T 3.
 *
 * Labels and teacher are masked each by their own: the hard loss sees no pixel labelled 255, the distance every pixel where
 * the teacher says something. So an unlabelled chip, whose mask is 255 everywhere, teaches by its teacher's map alone. The
 * distance is taken of the finest output.
 *
 * @param options share, distance and hard loss
 * @throws LulcError `invalid-argument` or `unknown-name` for an option
 * @example
 * ```ts
 * import { distillationObjective } from '@lulc/cloud-unet-kd';
 * import { type SegmentationSource, trainSegmenter } from '@lulc/core/segmentation';
 * import type { LayersModel } from '@tensorflow/tfjs-layers';
 *
 * async function teach(student: LayersModel, chipsWithTeacherMaps: SegmentationSource): Promise<void> {
 *   const loss = distillationObjective({ alpha: 0.5, temperature: 2 });
 *   await trainSegmenter({ model: student, train: chipsWithTeacherMaps, loss, epochs: 100 });
 * }
 * ```
 */
export function distillationObjective(options: DistillationOptions = {}): SegmentationObjective {
  const { alpha = 0.3, hard: labels = cloudLoss, ...rest } = options;
  const distance = resolveDistance(rest);
  if (!(alpha >= 0 && alpha <= 1)) {
    throw new LulcError('invalid-argument', `alpha must be 0 … 1, got ${alpha}`, { where: { option: 'alpha' } });
  }
  const hard = segmentationObjective(labels);
  const factor = alpha * (distance.distance === 'kl' ? distance.temperature ** 2 : 1);
  return {
    spec: { name: 'distillation', alpha, ...distance, hard: hard.spec },
    needsSoft: alpha > 0 || hard.needsSoft,
    validationLoss: hard.validationLoss,
    loss: (outputs, targets) => {
      if (alpha === 0) return hard.loss(outputs, targets);
      if (targets.soft === undefined) {
        throw new LulcError('invalid-argument', 'distillation needs soft targets', { where: { alpha } });
      }
      const soft = tf.mul<tf.Scalar>(distillationDistance(outputs.logits, targets.soft, distance), factor);
      return alpha === 1 ? soft : tf.add(soft, tf.mul<tf.Scalar>(hard.loss(outputs, targets), 1 - alpha));
    },
  };
}
