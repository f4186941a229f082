import { train } from '@lulc/core';
import { subset } from '@lulc/sentinel2-data';
import type { FileDataset } from '@lulc/sentinel2-data/node';
import type { Config } from '../config/config.js';
import { modelFamilies } from '../models/families.js';
import { loaderOf } from './loaders.js';

/** Steps that are timed; the first ones, in which engines set themselves up, are not. */
const timedSteps = 4;
const setUpSteps = 2;

/**
 * How fast a configuration trains here, found out by a few steps of a model that is thrown away.
 *
 * @param config what would be trained
 * @param part what on
 * @param signal ends it early
 * @returns training images per second
 */
export async function measureSpeed(config: Config, part: FileDataset, signal: AbortSignal): Promise<number> {
  const { batchSize } = config.training;
  const samples = (timedSteps + setUpSteps) * batchSize;
  const { bands, classes, task } = part.info;
  const { family, ...options } = config.model;
  const model = await modelFamilies[family].build(options, { bands, classes, task, seed: config.seed });
  const neutral = { name: 'none', mean: bands.map(() => 0), std: bands.map(() => 1) };
  const some = subset(
    part,
    Array.from({ length: samples }, (_, i) => i % part.length),
  );
  const source = loaderOf(some, true, config, model, neutral);
  const finished: number[] = [];
  try {
    await train({
      model,
      train: source,
      epochs: 1,
      learningRate: 1e-9,
      signal,
      listeners: [
        ({ type }) => {
          if (type === 'step') finished.push(performance.now());
        },
      ],
    });
  } finally {
    await source.close();
    model.dispose();
  }
  const timed = finished.slice(setUpSteps - 1);
  const seconds = (timed[timed.length - 1] - timed[0]) / 1000;
  return timed.length < 2 ? Number.NaN : ((timed.length - 1) * batchSize) / seconds;
}
