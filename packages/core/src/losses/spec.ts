/** Names of the losses that work on the logits of a classifier. */
export type LossName = 'bce' | 'focal' | 'softmax-cross-entropy';

/** A loss described by data, so that it can stand in a configuration file and in a model card. */
export interface LossSpec {
  /** `'bce'` (multi-label default), `'focal'` (multi-label), `'softmax-cross-entropy'` (single-label default). */
  readonly name: LossName;
  /** Targets become `y·(1−s) + s/2` (bce) or `y·(1−s) + s/classes` (softmax); 0 ≤ s < 1; default 0; not for focal. */
  readonly labelSmoothing?: number;
  /** Factor on the loss of each class, in class order, each ≥ 0; default all 1. */
  readonly classWeights?: readonly number[];
  /** Focal only: weight of positives, 0 to 1 (negatives weigh 1 − alpha); default 0.25. */
  readonly alpha?: number;
  /** Focal only: exponent ≥ 0 that turns down easy examples; default 2. */
  readonly gamma?: number;
}
