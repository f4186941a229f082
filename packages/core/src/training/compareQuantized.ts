import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Batch, BatchSource, ClassificationTask } from '../data/types.js';
import { LulcError } from '../errors/lulcError.js';
import { metricScalars } from '../metrics/scalars.js';
import { classifierMetrics, type EvaluateOptions, predictBatches } from './evaluate.js';
import { type MetricChange, metricChanges, ProbabilityDifference } from './probabilityDifference.js';

/**
 * A classifier outside of TensorFlow.js, such as an ONNX file in ONNX Runtime: gives the probabilities `[rows, classes]`,
 * row-major, of a batch.
 */
export type ProbabilityFunction = (batch: Batch) => Promise<ArrayLike<number>>;

/** What {@link compareQuantized} found: plain data, fit for JSON. */
export interface QuantizationReport {
  /** Number of samples compared. */
  readonly samples: number;
  /** Largest absolute difference of a probability. */
  readonly maxDifference: number;
  /** Mean absolute difference over samples and classes. */
  readonly meanDifference: number;
  /**
   * Share of decisions that are the same: of a class at the threshold (multi-label), or of the most probable class
   * (single-label).
   */
  readonly agreement: number;
  /** Averages of the metrics by name (see `metricScalars`): of the model, of the quantised one, and their difference. */
  readonly metrics: { readonly [name: string]: MetricChange };
}

/**
 * What a model loses by being quantised, or by any other way of writing it: both predict the same samples.
 *
 * @param model the model as it was
 * @param quantized the other: a model loaded from its file, or a function that runs it elsewhere
 * @param source samples with labels; its epoch 0 is read twice; the caller closes it
 * @param options threshold and rule of the metrics, and a signal that ends the comparison
 * @throws LulcError `incompatible` or `shape-mismatch` when models and data do not fit, `invalid-argument` when there are
 *   no samples, `aborted` by the signal
 * @example
 * ```ts
 * import { type BatchSource, compareQuantized, loadModel, saveModel } from '@lulc/core';
 * import type { LayersModel } from '@tensorflow/tfjs-layers';
 *
 * async function printLoss(model: LayersModel, validation: BatchSource): Promise<void> {
 *   const { files } = await saveModel(model, 'models/small', { quantize: 'int8' });
 *   const report = await compareQuantized(model, await loadModel('models/small'), validation);
 *   const bytes = files.reduce((total, file) => total + file.bytes, 0);
 *   console.log(bytes, report.agreement, report.metrics.macroF1.delta);
 * }
 * ```
 */
export async function compareQuantized(
  model: LayersModel,
  quantized: LayersModel | ProbabilityFunction,
  source: BatchSource,
  options: Pick<EvaluateOptions, 'threshold' | 'zeroSupport' | 'signal'> = {},
): Promise<QuantizationReport> {
  const { task, classes } = source.info;
  const [original, other] = [classifierMetrics(source.info, options), classifierMetrics(source.info, options)];
  const expected: Float32Array[] = [];
  for await (const { probabilities, labels } of predictBatches(model, source, options)) {
    original.update(probabilities, labels);
    expected.push(probabilities);
  }
  const difference = new ProbabilityDifference();
  const sums = { decisions: 0, same: 0 };
  let batch = 0;
  for await (const { probabilities, labels } of predictionsOf(quantized, source, options)) {
    other.update(probabilities, labels);
    const wanted = expected[batch++];
    if (wanted?.length !== probabilities.length) {
      throw new LulcError('shape-mismatch', 'the two models give different numbers of probabilities', {
        where: { model: model.name, expected: wanted?.length ?? 0, got: probabilities.length },
      });
    }
    for (let i = 0; i < wanted.length; i++) difference.add(wanted[i], probabilities[i]);
    const [before, after] = [wanted, probabilities].map((p) =>
      decisions(p, classes.length, task, options.threshold ?? 0.5),
    );
    sums.decisions += before.length;
    sums.same += before.filter((decision, i) => decision === after[i]).length;
  }
  if (difference.count === 0) {
    throw new LulcError('invalid-argument', 'there is nothing to compare on', { where: { dataset: source.info.name } });
  }
  const [before, after] = [original, other].map((metrics) => metricScalars(metrics.report()));
  return {
    samples: difference.count / classes.length,
    maxDifference: difference.largest,
    meanDifference: difference.mean,
    agreement: sums.same / sums.decisions,
    metrics: metricChanges(before, after),
  };
}

interface Labelled {
  readonly probabilities: ArrayLike<number>;
  readonly labels: Float32Array;
}

async function* predictionsOf(
  quantized: LayersModel | ProbabilityFunction,
  source: BatchSource,
  options: Pick<EvaluateOptions, 'signal'>,
): AsyncGenerator<Labelled> {
  if (typeof quantized !== 'function') {
    yield* predictBatches(quantized, source, options);
    return;
  }
  for await (const batch of source.epoch(0)) {
    if (options.signal?.aborted) throw new LulcError('aborted', 'the comparison was aborted');
    const labels = batch.labels.slice();
    yield { probabilities: await quantized(batch), labels };
  }
}

/** One decision per class, or one per sample. */
function decisions(
  probabilities: ArrayLike<number>,
  classes: number,
  task: ClassificationTask,
  threshold: number,
): number[] {
  if (task === 'multi-label') return Array.from(probabilities, (value) => (value >= threshold ? 1 : 0));
  return Array.from({ length: probabilities.length / classes }, (_, row) => {
    const scores = Array.from({ length: classes }, (_, c) => probabilities[row * classes + c]);
    return scores.indexOf(Math.max(...scores));
  });
}
