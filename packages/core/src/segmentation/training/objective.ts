import type { Scalar, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';

/** What a segmenter gives in a training step. */
export interface SegmenterOutputs {
  /** Logits at the masks' size, `[B, H, W, K]`. */
  readonly logits: Tensor4D;
  /** Logits of coarser levels of the decoder, finest first; none without deep supervision. */
  readonly deep: readonly Tensor4D[];
}

/** What a segmenter is to learn from a batch. */
export interface SegmenterTargets {
  /** Class indices or 255, `[B, H, W]`, int32. */
  readonly masks: Tensor3D;
  /** Real-valued targets of every pixel, `[B, H, W, C]`, NaN-free; absent where the dataset has none. */
  readonly soft?: Tensor4D | undefined;
}

/** A loss that sees more than logits and masks: coarser outputs, a teacher's maps. */
export interface SegmentationObjective {
  /** What the loss was made from: plain data that must be the same when a run goes on. */
  readonly spec: unknown;
  /** Whether targets must have `soft`. */
  readonly needsSoft: boolean;
  /**
   * Made of differentiable ops; reads no values, so that an engine may record it.
   *
   * @param outputs of the segmenter
   * @param targets of the same batch
   * @returns scalar
   */
  loss(outputs: SegmenterOutputs, targets: SegmenterTargets): Scalar;
}
