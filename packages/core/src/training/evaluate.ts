import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { BatchSource, DatasetInfo } from '../data/types.js';
import { LulcError } from '../errors/lulcError.js';
import { createLoss, type LossName, type LossSpec } from '../losses/spec.js';
import { multiLabelMetrics } from '../metrics/multiLabel.js';
import type { MetricReport, ZeroSupportRule } from '../metrics/report.js';
import { singleLabelMetrics } from '../metrics/singleLabel.js';
import type { StreamingMetrics } from '../metrics/streaming.js';
import { captured } from '../ops/capture.js';
import { classifierTask, toProbabilities } from './classifierTask.js';
import { macrotask } from './macrotask.js';
import type { TrainingSource } from './types.js';

/** Options of {@link predictBatches}. */
export interface PredictOptions {
  /** Ends the prediction with a LulcError `aborted`. */
  readonly signal?: AbortSignal;
}

/** How predictions are scored. */
export interface EvaluateOptions extends PredictOptions {
  /** Multi-label: probabilities at or above it count as positive; default 0.5. */
  readonly threshold?: number;
  /** How classes without support enter macro means; default `'as-zero'`. */
  readonly zeroSupport?: ZeroSupportRule;
  /** The loss to report; default by task: `'bce'` or `'softmax-cross-entropy'`. */
  readonly loss?: LossName | LossSpec;
  /** Told after each batch how many of how many samples are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What {@link evaluate} found: plain data, fit for JSON. */
export interface EvaluationReport<Metrics = MetricReport> {
  /** Data set name. */
  readonly dataset: string;
  /** Its part, e.g. `'test'`. */
  readonly split: string;
  /** True when the data were generated, not observed. */
  readonly simulated: boolean;
  /** Mean loss over the samples. */
  readonly loss: number;
  /** The metrics, with a per-class table. */
  readonly metrics: Metrics;
  /** Wall time, with reading the data. */
  readonly seconds: number;
  /** Samples per second of `seconds`. */
  readonly imagesPerSecond: number;
}

/** The predictions for one batch. Its arrays are copies, safe to keep. */
export interface Prediction {
  /** Dataset indices of the rows. */
  readonly indices: readonly number[];
  /** `[rows, classes]`, row-major. */
  readonly probabilities: Float32Array;
  /** `[rows, classes]`, row-major: the values before the sigmoid or softmax. */
  readonly logits: Float32Array;
  /** `[rows, classes]`, row-major: the true labels. */
  readonly labels: Float32Array;
  /** `[rows, classes]`. */
  readonly shape: readonly [number, number];
}

/**
 * Runs a classifier over one pass of a source, batch by batch, in inference mode.
 *
 * @param model a classifier: its last two layers are `head` (logits) and `probabilities`
 * @param source where the batches come from; its epoch 0 is read; the caller closes it
 * @param options see {@link PredictOptions}
 * @returns the predictions, in the source's order
 * @throws LulcError `incompatible` or `shape-mismatch` when model and data do not fit, `aborted` by the signal
 */
export async function* predictBatches(
  model: LayersModel,
  source: BatchSource,
  options: PredictOptions = {},
): AsyncGenerator<Prediction> {
  const task = classifierTask(model, source);
  const probabilitiesOf = toProbabilities[source.info.task];
  const prediction = captured(([images]) => {
    const logits = task.logits(images as tf.Tensor4D, false);
    return [logits, probabilitiesOf(logits)];
  }, 'frozen');
  try {
    const batches = batchOutputs(
      source,
      options.signal,
      (batch) => tf.tidy(() => prediction.run([task.images(batch)])),
      ({ labels, indices, labelShape: [rows, classes] }) => ({
        labels: labels.slice(),
        indices: [...indices],
        shape: [rows, classes] as const,
      }),
    );
    for await (const { kept, values } of batches) {
      const [logits, probabilities] = values as readonly Float32Array[];
      yield { ...kept, logits, probabilities };
    }
  } finally {
    prediction.dispose();
  }
}

/**
 * Runs something over one pass of a source (its epoch 0), batch by batch.
 *
 * @param source where the batches come from
 * @param signal ends it
 * @param run makes the tensors of a batch
 * @param keep what is to be kept of a batch, whose buffers are reused
 * @returns for each batch what was kept and the tensors' values
 * @throws LulcError `aborted` by the signal
 */
export async function* batchOutputs<B, K>(
  source: TrainingSource<B>,
  signal: AbortSignal | undefined,
  run: (batch: B) => tf.Tensor[],
  keep: (batch: B) => K,
): AsyncGenerator<{ readonly kept: K; readonly values: readonly tf.TypedArray[] }> {
  for await (const batch of source.epoch(0)) {
    if (signal?.aborted) throw new LulcError('aborted', 'the prediction was aborted');
    const outputs = run(batch);
    const kept = keep(batch);
    try {
      yield { kept, values: await Promise.all(outputs.map((tensor) => tensor.data())) };
    } finally {
      tf.dispose(outputs);
    }
    await macrotask();
  }
}

/**
 * Scores a classifier on one pass of a source.
 *
 * @param model a classifier: its last two layers are `head` (logits) and `probabilities`
 * @param source where the batches come from; its epoch 0 is read; the caller closes it
 * @param options see {@link EvaluateOptions}
 * @returns loss, metrics with a per-class table, and throughput
 * @throws LulcError `incompatible` or `shape-mismatch` when model and data do not fit, `invalid-argument` when the data
 *   are empty or the model gives NaN, `aborted` by the signal
 * @example
 * ```ts
 * import { type BatchSource, evaluate } from '@lulc/core';
 * import type { LayersModel } from '@tensorflow/tfjs-layers';
 *
 * async function printScores(model: LayersModel, test: BatchSource): Promise<void> {
 *   const { metrics, imagesPerSecond } = await evaluate(model, test);
 *   console.table(metrics.perClass);
 *   console.log(metrics.macro.f1, imagesPerSecond);
 * }
 * ```
 */
export async function evaluate(
  model: LayersModel,
  source: BatchSource,
  options: EvaluateOptions = {},
): Promise<EvaluationReport> {
  const { info } = source;
  const loss = createLoss(options.loss, info.task);
  const metrics = classifierMetrics(info, options);
  const begin = performance.now();
  let samples = 0;
  let lossSum = 0;
  for await (const { logits, probabilities, labels, shape } of predictBatches(model, source, options)) {
    metrics.update(probabilities, labels);
    const batchLoss = tf.tidy(() => loss(tf.tensor2d(logits, [...shape]), tf.tensor2d(labels, [...shape])));
    lossSum += shape[0] * (await batchLoss.data())[0];
    batchLoss.dispose();
    samples += shape[0];
    options.onProgress?.(samples, source.length);
  }
  if (samples === 0)
    throw new LulcError('invalid-argument', 'there is nothing to evaluate', { where: { dataset: info.name } });
  const seconds = (performance.now() - begin) / 1000;
  return {
    dataset: info.name,
    split: info.split,
    simulated: info.simulated,
    loss: lossSum / samples,
    metrics: metrics.report(),
    seconds,
    imagesPerSecond: samples / seconds,
  };
}

/** The streaming metrics of a data set's task. */
export function classifierMetrics(
  { task, classes }: DatasetInfo,
  { threshold, zeroSupport }: Pick<EvaluateOptions, 'threshold' | 'zeroSupport'>,
): StreamingMetrics<MetricReport> {
  return task === 'multi-label'
    ? multiLabelMetrics({ classes, threshold, zeroSupport })
    : singleLabelMetrics({ classes, zeroSupport });
}
