import { type BatchSource, LulcError, type ScalingStatistics } from '@lulc/core';
import { createLoader, type FileDataset } from '@lulc/sentinel2-data/node';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Config } from '../config/config.js';

/**
 * Batches of a part at the model's input size.
 *
 * @param isTraining shuffled and augmented, without a smaller last batch
 */
export function loaderOf(
  part: FileDataset,
  isTraining: boolean,
  { data, training, augmentation, seed }: Pick<Config, 'data' | 'training' | 'augmentation' | 'seed'>,
  model: LayersModel,
  scaling: ScalingStatistics,
): BatchSource {
  const { batchSize } = training;
  return createLoader(part, {
    batchSize: Math.min(batchSize, part.length),
    seed,
    scaling,
    size: inputSizeOf(model),
    resize: data.resize,
    ...(data.workers === undefined ? {} : { workers: data.workers }),
    ...(data.cacheBytes === undefined ? {} : { cacheBytes: data.cacheBytes }),
    ...(isTraining ? { shuffle: true, dropRemainder: true, augment: augmentation } : {}),
  });
}

/** Height and width that a model takes. */
export function inputSizeOf(model: LayersModel): readonly [number, number] {
  const [, height, width] = model.inputs[0].shape;
  if (typeof height === 'number' && typeof width === 'number') return [height, width];
  throw new LulcError('incompatible', 'the model has no fixed input size', { where: { model: model.name } });
}
