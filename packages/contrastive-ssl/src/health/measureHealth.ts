import { type BatchSource, LulcError, type TrainingSource } from '@lulc/core';
import type { ViewBatch } from '@lulc/core/views';
import * as tf from '@tensorflow/tfjs-core';
import type { MethodRun } from '../method/method.js';
import type { CollapseLimits } from './collapse.js';
import { alignment, embeddingHealth } from './embeddingHealth.js';
import type { Matrix } from './matrix.js';
import { type LabelledEmbeddings, linearProbe, nearestNeighbours, probeScore } from './probes.js';

/** Labelled images on which embeddings are tried; they never enter training. */
export interface ProbeOptions {
  /** Images whose labels are used. Its epoch 0 is read each time; the caller closes it. */
  readonly train: BatchSource;
  /** Images whose labels are asked for. Its epoch 0 is read each time; the caller closes it. */
  readonly test: BatchSource;
  /** Nearest neighbours that vote, from 1; default 5. */
  readonly neighbours?: number;
  /** Penalty of the linear probe's squared weights per image, > 0; default 1e-3. */
  readonly ridge?: number;
}

/** How the health of a run is watched. */
export interface HealthOptions {
  /** Images whose embeddings are measured, from 2: the first of the training source's epoch 0; default 256. */
  readonly images?: number;
  /** Labelled images for a k-nearest-neighbour and a linear probe; default none. */
  readonly probe?: ProbeOptions;
  /** From where on embeddings count as collapsed. */
  readonly collapse?: CollapseLimits;
}

/** Names of a probe's two scores, by what an image's labels are. */
const probeNames = {
  'single-label': ['knnAccuracy', 'linearAccuracy'],
  'multi-label': ['knnMicroF1', 'linearMicroF1'],
} as const;

/**
 * What {@link measureHealth} gives for a source and options.
 *
 * @param views views per image
 * @param options how health is watched
 */
export function healthMetricNames(views: number, { probe }: HealthOptions): readonly string[] {
  return [
    'embeddingStd',
    'meanCosine',
    'uniformity',
    'effectiveRank',
    ...(views > 1 ? ['alignment'] : []),
    ...(probe === undefined ? [] : probeNames[probe.train.info.task]),
  ];
}

/**
 * Embeds a fixed set of images and measures how they lie, and what labelled images say of them.
 *
 * @param embed from the method at work
 * @param source views of the images
 * @param options how many, and labelled images
 * @param signal ends it with a LulcError `aborted`
 * @returns metrics by name
 */
export async function measureHealth(
  embed: MethodRun['embed'],
  source: TrainingSource<ViewBatch>,
  { images = 256, probe }: HealthOptions,
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<string, number>>> {
  const views: number[][][] = [];
  for await (const batch of source.epoch(0)) {
    stopIf(signal);
    for (const [i, view] of batch.views.entries()) {
      views[i] = [...(views[i] ?? []), ...(await embedded(embed, view))];
    }
    if (views[0].length >= images) break;
  }
  const [first, second] = views.map((rows) => matrixOf(rows.slice(0, images)));
  if (first === undefined) throw new LulcError('invalid-argument', 'there are no images to measure embeddings of');
  return {
    ...embeddingHealth(first),
    ...(second === undefined ? {} : { alignment: alignment(first, second) }),
    ...(probe === undefined ? {} : await probeScores(embed, probe, signal)),
  };
}

async function probeScores(
  embed: MethodRun['embed'],
  { train, test, neighbours = 5, ridge = 1e-3 }: ProbeOptions,
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<string, number>>> {
  const [known, asked] = [await labelled(embed, train, signal), await labelled(embed, test, signal)];
  const { task } = train.info;
  const [knn, linear] = probeNames[task];
  return {
    [knn]: probeScore(nearestNeighbours(known, asked.embeddings, neighbours), asked.labels, task),
    [linear]: probeScore(linearProbe(known, asked.embeddings, ridge), asked.labels, task),
  };
}

async function labelled(
  embed: MethodRun['embed'],
  source: BatchSource,
  signal: AbortSignal | undefined,
): Promise<LabelledEmbeddings> {
  const embeddings: number[][] = [];
  const labels: number[][] = [];
  for await (const batch of source.epoch(0)) {
    stopIf(signal);
    labels.push(...rowsOf(batch.labels, batch.labelShape[1]));
    embeddings.push(...(await embedded(embed, batch)));
  }
  return { embeddings: matrixOf(embeddings), labels: matrixOf(labels) };
}

async function embedded(
  embed: MethodRun['embed'],
  batch: { readonly images: Float32Array; readonly imageShape: readonly [number, number, number, number] },
): Promise<number[][]> {
  const rows = tf.tidy(() => embed(tf.tensor4d(batch.images, [...batch.imageShape])));
  try {
    return rowsOf(await rows.data<'float32'>(), rows.shape[1]);
  } finally {
    rows.dispose();
  }
}

const rowsOf = (values: Float32Array, columns: number): number[][] =>
  Array.from({ length: values.length / columns }, (_, row) => [...values.subarray(row * columns, (row + 1) * columns)]);

const matrixOf = (rows: readonly (readonly number[])[]): Matrix => ({
  values: Float64Array.from(rows.flat()),
  rows: rows.length,
  columns: rows[0]?.length ?? 0,
});

function stopIf(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new LulcError('aborted', 'the measurement of embeddings was aborted');
}
