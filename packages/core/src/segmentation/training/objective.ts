import type { Scalar, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import { deepSupervisionLoss } from '../losses/deepSupervision.js';
import {
  defaultSegmentationLoss,
  type SegmentationLossName,
  type SegmentationLossSpec,
  segmentationLoss,
} from '../losses/spec.js';

/** What a segmenter gives in a training step. */
export interface SegmenterOutputs {
  /** Logits at the masks' size, `[B, H, W, K]`. */
  readonly logits: Tensor4D;
  /** Logits of coarser levels of the decoder, finest first; none without deep supervision. */
  readonly deep: readonly Tensor4D[];
  /** Share of each output in the loss, that of `logits` first; `[1]` without deep supervision. */
  readonly weights: readonly number[];
}

/** What a segmenter is to learn from a batch. */
export interface SegmenterTargets {
  /** Class indices or 255, `[B, H, W]`, int32. */
  readonly masks: Tensor3D;
  /** Real-valued targets of every pixel, `[B, H, W, C]`, NaN-free; there when the objective needs them. */
  readonly soft?: Tensor4D | undefined;
}

/** A loss that sees more than logits and masks: coarser outputs, a teacher's maps. */
export interface SegmentationObjective {
  /** What the loss was made from: plain data that must be the same when a run goes on. */
  readonly spec: unknown;
  /** Whether targets must have `soft`. */
  readonly needsSoft: boolean;
  /** What validation reports as `loss`: it sees logits and masks alone. */
  readonly validationLoss: SegmentationLossName | SegmentationLossSpec;
  /**
   * Made of differentiable ops; reads no values, so that an engine may record it.
   *
   * @param outputs of the segmenter
   * @param targets of the same batch
   * @returns scalar
   */
  loss(outputs: SegmenterOutputs, targets: SegmenterTargets): Scalar;
}

/**
 * The objective of a described loss: the weighted sum over all outputs, each judged against masks of its size. What is an
 * objective already stays as it is.
 *
 * @param loss a name, a name with options, or an objective; default `'cross-entropy'`
 * @throws LulcError `unknown-name` for an unknown loss, `invalid-argument` for an option outside its range
 */
export function segmentationObjective(
  loss: SegmentationLossName | SegmentationLossSpec | SegmentationObjective = defaultSegmentationLoss,
): SegmentationObjective {
  if (typeof loss === 'object' && 'needsSoft' in loss) return loss;
  const apply = segmentationLoss(loss);
  return {
    spec: loss,
    needsSoft: false,
    validationLoss: loss,
    loss: ({ logits, deep, weights }, { masks }) =>
      deep.length === 0 ? apply(logits, masks) : deepSupervisionLoss(apply, [logits, ...deep], masks, weights),
  };
}
