import {
  createCard,
  type LoopOptions,
  type ModelCard,
  requireAtLeast,
  runTraining,
  type TrainResult,
  writeCard,
} from '@lulc/core';
import type { DenseNetwork } from '@lulc/core/segmentation';
import type { ViewBatch, ViewSource } from '@lulc/core/views';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { collapseOf } from '../health/collapse.js';
import type { EmbeddingHealth } from '../health/embeddingHealth.js';
import { type HealthOptions, healthMetricNames, measureHealth } from '../health/measureHealth.js';
import type { PretrainingMethod } from '../method/method.js';

/** Facts for the card of a pre-trained model that only the caller knows. */
export interface PretrainingFacts
  extends Pick<ModelCard, 'family' | 'configuration' | 'inputSize' | 'scaling' | 'licence' | 'citation'> {
  /** Engine that runs the training, e.g. `'wasm'`. */
  readonly engine: string;
  /** Version of the library that trains. */
  readonly libraryVersion: string;
  /** The command that reproduces the run, when it was started by one. */
  readonly command?: string;
}

/** What {@link pretrain} is told. */
export interface PretrainOptions extends LoopOptions {
  /** How to train without labels, e.g. `glcNet()`. */
  readonly method: PretrainingMethod;
  /** Builds the network; every call gives fresh layers under the same paths. */
  readonly network: () => DenseNetwork;
  /** Views of images, as many per image as the method takes. The caller closes it. */
  readonly train: ViewSource;
  /**
   * Measures embeddings after every epoch (`validateEvery` for fewer) and warns of a collapse; `{}` for all defaults. The
   * numbers are in the history's metrics and can be monitored. Default: nothing is measured.
   */
  readonly health?: HealthOptions;
  /** With these facts the model gets a card: task `'features'`, bands, method, provenance. Default: no card. */
  readonly card?: PretrainingFacts;
}

/** The health of a run after an epoch. */
export interface HealthRecord {
  /** Epoch, from 0. */
  readonly epoch: number;
  /**
   * By name: those of {@link EmbeddingHealth}; `alignment` of two views; `knnAccuracy` and `linearAccuracy`, or `knnMicroF1`
   * and `linearMicroF1`, of the probe.
   */
  readonly metrics: Readonly<Record<string, number>>;
  /** Why the embeddings count as collapsed; nothing when they do not. */
  readonly collapse: string | undefined;
}

/** How a pre-training ended and what it left. */
export interface PretrainResult extends TrainResult {
  /** The network without heads, as far as the method trains it: to save, or to take weights from. */
  readonly model: LayersModel;
  /** One record per epoch in which health was measured, with those before a resumption. */
  readonly health: readonly HealthRecord[];
  /** Whether the embeddings were collapsed when they were measured last. */
  readonly collapsed: boolean;
}

/**
 * Pre-trains a network on images without labels, with everything `runTraining` offers: checkpoints and exact resumption,
 * schedules, moving averages, early stopping, listeners.
 *
 * @param options method, network, data and everything else
 * @returns how it ended, and the trained network without heads; take its weights over with `transferWeights`
 * @throws LulcError as `runTraining` does; `invalid-argument` or `shape-mismatch` when method, network and views do not fit
 * @example
 * ```ts
 * import { embeddingEarth, pretrain } from '@lulc/contrastive-ssl';
 * import { useEngine } from '@lulc/core';
 * import { denseViews } from '@lulc/core/views';
 * import { planDenseNetwork } from '@lulc/model-zoo';
 * import { createViewLoader, fromArrays } from '@lulc/sentinel2-data';
 *
 * await useEngine('auto');
 * const noise = (seed: number) => Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => 128 + 90 * Math.sin(seed * i));
 * const images = fromArrays({
 *   images: [1, 2, 3, 4].map((seed) => ({ data: noise(seed), shape: [32, 32, 3] as const })),
 *   labels: [[0], [0], [0], [0]], // not read
 *   classes: ['any'],
 *   bands: ['B04', 'B03', 'B02'],
 * });
 * const decoder = { name: 'deeplabv3plus', width: 8, rates: [1] } as const;
 * const { build } = await planDenseNetwork({ family: 'wrn-eca', decoder, bands: 3, inputSize: 24, seed: 1 });
 * const { health, model } = await pretrain({
 *   method: embeddingEarth({ pixels: 16 }),
 *   network: build,
 *   train: createViewLoader(images, { batchSize: 4, views: denseViews({ size: [24, 24], bands: 3 }) }),
 *   health: {},
 *   epochs: 2,
 *   learningRate: 1e-3,
 *   optimizer: 'adam',
 * });
 * console.log(health.length, model.outputs.length); // 2 1
 * ```
 */
export async function pretrain(options: PretrainOptions): Promise<PretrainResult> {
  const { method, network, train: source, health, card, seed = 42 } = options;
  if (health?.images !== undefined) requireAtLeast(2, { 'health.images': health.images });
  const run = method.create({ network, batchSize: source.batchSize, seed });
  try {
    const result = await runTraining<ViewBatch>(
      {
        source,
        weights: run.weights,
        state: run.state,
        tensors: (batch) => run.tensors(batch),
        loss: (_, tensors) => run.loss(tensors),
        samples: ({ indices }) => indices.length,
        validate:
          health &&
          (async (signal) => {
            const metrics = await measureHealth(run.embed, source, health, signal);
            const collapse = collapseIn(metrics, health);
            if (collapse !== undefined) await warn(options, collapse);
            return metrics;
          }),
        metricNames: health && healthMetricNames(method.views, health),
        fingerprint: {
          method: method.name,
          configuration: method.configuration,
          model: run.model.name,
          dataset: source.info.name,
          split: source.info.split,
          samples: source.length,
          batchSize: source.batchSize,
          viewSeed: source.seed,
          bands: source.info.bands,
        },
      },
      options,
    );
    if (card !== undefined) writeCard(run.model, cardOf(options, card, result));
    const records = healthRecords(result, health);
    return { ...result, model: run.model, health: records, collapsed: records.at(-1)?.collapse !== undefined };
  } catch (error) {
    run.model.dispose();
    throw error;
  } finally {
    run.dispose();
  }
}

const collapseIn = (metrics: Readonly<Record<string, number>>, { collapse }: HealthOptions): string | undefined =>
  collapseOf(metrics as Readonly<Record<keyof EmbeddingHealth, number>>, collapse);

async function warn({ listeners = [], method }: PretrainOptions, collapse: string): Promise<void> {
  const message = `'${method.name}' seems to have collapsed: ${collapse}`;
  for (const listener of listeners) await listener({ type: 'warning', message });
}

function healthRecords({ history }: TrainResult, health: HealthOptions | undefined): HealthRecord[] {
  if (health === undefined) return [];
  const measured = history.filter(({ metrics }) => 'meanCosine' in metrics);
  return measured.map(({ epoch, metrics }) => ({ epoch, metrics, collapse: collapseIn(metrics, health) }));
}

function cardOf(
  { method, train: { info }, seed = 42 }: PretrainOptions,
  { configuration, engine, libraryVersion, command, ...facts }: PretrainingFacts,
  { epochs, history }: TrainResult,
): ModelCard {
  return createCard({
    ...facts,
    configuration: {
      ...configuration,
      output: method.trains,
      pretraining: { method: method.name, ...method.configuration },
    },
    task: 'features',
    classes: [],
    bands: info.bands,
    training: {
      dataset: info.name,
      simulated: info.simulated,
      seed,
      engine,
      epochs,
      date: new Date().toISOString(),
      libraryVersion,
      command,
    },
    metrics: history.at(-1)?.metrics ?? {},
  });
}
