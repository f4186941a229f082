/**
 * A training run in a process of its own, to be killed at any instant: a small convolutional net with dropout, batch
 * normalisation, accumulation, moving average and AdamW on the cpu engine. Arguments: the checkpoint folder. Prints
 * `step N` as it goes and at the end the weights as JSON.
 */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers'; // registers TF.js' gradients
import { writeSync } from 'node:fs';
import { weightArrays } from '../model/weights.js';
import { fileCheckpoints } from '../training/node/fileCheckpoints.js';
import { train } from '../training/train.js';
import { memorySource } from './memorySource.js';
import { tinyClassifier } from './tinyClassifier.js';

/** Trains, resuming from the folder when one is given, and gives every weight. */
export async function trainTiny(
  folder: string | undefined,
  say: (line: string) => void,
): Promise<Record<string, number[]>> {
  await tf.setBackend('cpu');
  const model = tinyClassifier('multi-label', 3);
  await train({
    model,
    train: memorySource({ task: 'multi-label', length: 70, batchSize: 4 }),
    validation: memorySource({ task: 'multi-label', length: 20, batchSize: 8, seed: 2 }),
    epochs: 5,
    learningRate: 0.02,
    accumulate: 2,
    ema: { decay: 0.95 },
    clip: { globalNorm: 5 },
    listeners: [
      async (event) => {
        if (event.type !== 'step' && event.type !== 'start') return;
        say(`${event.type} ${event.step}`);
        // Leaves the killer time to strike before the run is over.
        if (folder !== undefined) await new Promise((resolve) => setTimeout(resolve, 20));
      },
    ],
    checkpoints: folder === undefined ? undefined : { store: fileCheckpoints(folder), everySteps: 4 },
  });
  const weights = await weightArrays(model);
  return Object.fromEntries([...weights].map(([path, { data }]) => [path, Array.from(data)]));
}

const [, , folder] = process.argv;
if (process.env.LULC_KILLED_TRAINING === '1') {
  const say = (line: string): void => void writeSync(1, `${line}\n`);
  say(`weights ${JSON.stringify(await trainTiny(folder, say))}`);
}
