import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { BatchSource, ClassificationTask } from '../data/types.js';
import type { LossName, LossSpec } from '../losses/spec.js';
import type { MetricReport, ZeroSupportRule } from '../metrics/report.js';

/** How predictions are scored. */
export interface EvaluateOptions {
  /** Multi-label: probabilities at or above it count as positive; default 0.5. */
  readonly threshold?: number;
  /** How classes without support enter macro means; default `'as-zero'`. */
  readonly zeroSupport?: ZeroSupportRule;
  /** The loss to report; default by task: `'bce'` or `'softmax-cross-entropy'`. */
  readonly loss?: LossName | LossSpec;
  /** Ends the evaluation with a LulcError `aborted`. */
  readonly signal?: AbortSignal;
  /** Told after each batch how many of how many samples are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What {@link evaluate} found: plain data, fit for JSON. */
export interface EvaluationReport {
  /** Data set name. */
  readonly dataset: string;
  /** Its part, e.g. `'test'`. */
  readonly split: string;
  /** True when the data were generated, not observed. */
  readonly simulated: boolean;
  /** Mean loss over the samples. */
  readonly loss: number;
  /** The metrics, with a per-class table. */
  readonly metrics: MetricReport;
  /** Wall time, with reading the data. */
  readonly seconds: number;
  /** Samples per second of `seconds`. */
  readonly imagesPerSecond: number;
}

/** The predictions for one batch. */
export interface Prediction {
  /** Dataset indices of the rows. */
  readonly indices: readonly number[];
  /** `[rows, classes]`, row-major. */
  readonly probabilities: Float32Array;
  /** `[rows, classes]`, row-major: the values before the sigmoid or softmax. */
  readonly logits: Float32Array;
  /** `[rows, classes]`, row-major: the true labels. A copy, safe to keep. */
  readonly labels: Float32Array;
  /** `[rows, classes]`. */
  readonly shape: readonly [number, number];
}

export declare function evaluate(
  model: LayersModel,
  source: BatchSource,
  options?: EvaluateOptions,
): Promise<EvaluationReport>;

export declare function predictBatches(
  model: LayersModel,
  source: BatchSource,
  options?: { readonly signal?: AbortSignal; readonly task?: ClassificationTask },
): AsyncGenerator<Prediction>;
