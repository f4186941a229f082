import { createCard, type LoopOptions, type ModelCard, runTraining, type TrainResult, writeCard } from '@lulc/core';
import type { DenseNetwork } from '@lulc/core/segmentation';
import type { ViewBatch, ViewSource } from '@lulc/core/views';
import type { LayersModel } from '@tensorflow/tfjs-layers';
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
  /** With these facts the model gets a card: task `'features'`, bands, method, provenance. Default: no card. */
  readonly card?: PretrainingFacts;
}

/** How a pre-training ended and what it left. */
export interface PretrainResult extends TrainResult {
  /** The network without heads, as far as the method trains it: to save, or to take weights from. */
  readonly model: LayersModel;
}

/**
 * Pre-trains a network on images without labels, with everything `runTraining` offers: checkpoints and exact resumption,
 * schedules, moving averages, early stopping, listeners.
 *
 * @param options method, network, data and everything else
 * @returns how it ended, and the trained network without heads; take its weights over with `transferWeights`
 * @throws LulcError as `runTraining` does; `invalid-argument` or `shape-mismatch` when method, network and views do not fit
 */
export async function pretrain(options: PretrainOptions): Promise<PretrainResult> {
  const { method, network, train: source, card, seed = 42 } = options;
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
    return { ...result, model: run.model };
  } finally {
    run.dispose();
  }
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
