import * as tf from '@tensorflow/tfjs-core';
import { LulcError } from '../../errors/lulcError.js';
import { evaluateGraph } from '../../export/evaluateGraph.js';
import type { GraphNode, InferenceGraph } from '../../export/graph.js';
import { ValueHistogram } from './histogram.js';
import type { IntegerSteps } from './integerSteps.js';

/** Images as the model takes them: the batches of a `BatchSource` or `SegmentationSource` are such. */
export interface CalibrationBatch {
  /** Values as they enter the model, scaled. */
  readonly images: Float32Array;
  /** `[size, height, width, bands]`. */
  readonly imageShape: readonly number[];
}

/** Batches of a model's input, or for a model of several inputs lists of one batch for each. */
export type CalibrationData =
  | AsyncIterable<CalibrationBatch | readonly CalibrationBatch[]>
  | Iterable<CalibrationBatch | readonly CalibrationBatch[]>;

/** What values tensors had. */
export interface Calibration {
  /** By tensor. */
  readonly histograms: ReadonlyMap<GraphNode, ValueHistogram>;
  /** Mean of each channel of what convolutions and dense steps read, by tensor. */
  readonly means: ReadonlyMap<GraphNode, ArrayLike<number>>;
  /** Number of batches seen. */
  readonly batches: number;
}

/**
 * Runs a graph on the current engine and counts the values of the tensors that shall be in 8 bits.
 *
 * @throws LulcError `shape-mismatch` for batches that do not fit, `invalid-argument` for values that are not finite or when
 *   there is no batch, `aborted` by the signal
 */
export async function calibrate(
  graph: InferenceGraph,
  { quantized, carriers, weighted }: IntegerSteps,
  data: CalibrationData,
  { batches, signal }: { readonly batches: number; readonly signal: AbortSignal | undefined },
): Promise<Calibration> {
  const histograms = new Map(
    [...quantized].filter((node) => !carriers.has(node)).map((node) => [node, new ValueHistogram()]),
  );
  const means = new Map(weighted.map(({ inputs: [x] }) => [x, new ChannelMeans()]));
  const ends = graph.outputs.map(({ node }) => node);
  let seen = 0;
  for await (const batch of data) {
    if (signal?.aborted) throw new LulcError('aborted', 'the calibration was aborted');
    const feeds = feedsOf(graph, [batch].flat());
    try {
      const values = await evaluateGraph(ends, feeds, async (node, value) => {
        if (!histograms.has(node) && !means.has(node)) return undefined;
        const values = await value.data<'float32'>();
        histograms.get(node)?.add(values, node.name);
        means.get(node)?.add(values, value.shape[value.rank - 1]);
        return undefined;
      });
      tf.dispose(values);
    } finally {
      tf.dispose([...feeds.values()]);
    }
    seen++;
    if (seen >= batches) break;
  }
  if (seen === 0) {
    throw new LulcError('invalid-argument', 'there is no batch to calibrate with', {
      where: { option: 'calibration' },
    });
  }
  return { histograms, means: new Map([...means].map(([node, mean]) => [node, mean.values])), batches: seen };
}

/** Means of the last axis over batches of any size. */
class ChannelMeans {
  private sums = new Float64Array();
  private count = 0;

  get values(): ArrayLike<number> {
    return this.sums.map((sum) => sum / this.count);
  }

  add(values: Float32Array, channels: number): void {
    if (this.count === 0) this.sums = new Float64Array(channels);
    for (let i = 0; i < values.length; i++) this.sums[i % channels] += values[i];
    this.count += values.length / channels;
  }
}

function feedsOf({ inputs }: InferenceGraph, batches: readonly CalibrationBatch[]): Map<GraphNode, tf.Tensor> {
  if (batches.length !== inputs.length) {
    throw new LulcError(
      'shape-mismatch',
      `the model has ${inputs.length} inputs, a calibration batch ${batches.length}`,
      {
        where: { option: 'calibration' },
      },
    );
  }
  for (const [i, { shape, name }] of inputs.entries()) {
    const { imageShape, images } = batches[i];
    const fits =
      shape.length === imageShape.length && shape.every((size, axis) => size === null || size === imageShape[axis]);
    if (fits && tf.util.sizeFromShape([...imageShape]) === images.length) continue;
    throw new LulcError(
      'shape-mismatch',
      `${images.length} values [${imageShape}] are no [${shape.map((size) => size ?? 'any')}]`,
      { where: { input: name, option: 'calibration' } },
    );
  }
  return new Map(inputs.map((input, i) => [input, tf.tensor(batches[i].images, [...batches[i].imageShape])]));
}
