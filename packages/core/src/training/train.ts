import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { BatchSource } from '../data/types.js';
import type { LossName, LossSpec } from '../losses/spec.js';
import type { ZeroSupportRule } from '../metrics/report.js';
import type { LoopOptions, TrainResult } from './types.js';

/** How a classifier is trained. */
export interface TrainOptions extends LoopOptions {
  /** A classifier: its last two layers are `head` (logits) and `probabilities`. Trained in place. */
  readonly model: LayersModel;
  /** Training batches. The caller closes it. */
  readonly train: BatchSource;
  /** Validation batches, epoch 0 of which is read each time. The caller closes it. */
  readonly validation?: BatchSource;
  /** Default by task: `'bce'` or `'softmax-cross-entropy'`. */
  readonly loss?: LossName | LossSpec;
  /** Multi-label validation: probabilities at or above it count as positive; default 0.5. */
  readonly threshold?: number;
  /** How classes without support enter validation's macro means; default `'as-zero'`. */
  readonly zeroSupport?: ZeroSupportRule;
}

/**
 * Trains a classifier. The monitored metric is, unless told otherwise, validation `microF1` (multi-label) or `accuracy`
 * (single-label); its history has `loss`, and per task `microF1`, `macroF1`, `microAveragePrecision` … or `accuracy`,
 * `kappa`, `macroF1`.
 */
export declare function train(options: TrainOptions): Promise<TrainResult>;
