import { LulcError, type ScalingStatistics } from '@lulc/core';
import { computeStatistics, scalingFor, subset } from '@lulc/sentinel2-data';
import { type FileDataset, type OpenDatasetOptions, openDataset } from '@lulc/sentinel2-data/node';
import type { Config } from '../config/config.js';

/** The data settings of a configuration. */
export type DataConfig = Config['data'];

/** Names of the parts a run uses. */
export type PartName = 'train' | 'validation' | 'test';

/**
 * Opens a part of a dataset as the configuration says.
 *
 * @param data the settings
 * @param split name of the part in the dataset
 * @param limit most samples; they are taken evenly from the whole list
 * @throws LulcError as `openDataset`
 */
export async function openPart(data: DataConfig, split: string, limit?: number): Promise<FileDataset> {
  const dataset = await openDataset(openOptions(data, split));
  if (limit === undefined || limit >= dataset.length) return dataset;
  return subset(
    dataset,
    Array.from({ length: limit }, (_, i) => Math.floor((i * dataset.length) / limit)),
  );
}

function openOptions(data: DataConfig, split: string): OpenDatasetOptions {
  const { path, format, bands, storedBands, nomenclature, table, resample, imageSize, onBroken, splitFractions } = data;
  return {
    path,
    format,
    split,
    bands: bands as OpenDatasetOptions['bands'],
    storedBands: storedBands as OpenDatasetOptions['storedBands'],
    nomenclature,
    table,
    resample,
    imageSize,
    onBroken,
    splitFractions,
  };
}

/**
 * The statistics by which a run scales its images.
 *
 * @param data the settings
 * @param train the training part, measured where that is asked for
 * @param onProgress told how many samples have been measured
 * @throws LulcError `unknown-name` for a record that does not exist, `incompatible` for numbers of another count
 */
export async function resolveScaling(
  { scaling }: DataConfig,
  train: FileDataset,
  onProgress: (done: number, total: number) => void,
): Promise<ScalingStatistics> {
  const { bands, scaling: recommended } = train.info;
  if (typeof scaling === 'object') {
    if (scaling.mean.length === bands.length && scaling.std.length === bands.length) return scaling;
    throw new LulcError(
      'incompatible',
      `data.scaling has ${scaling.mean.length} means and ${scaling.std.length} deviations for ${bands.length} bands`,
      { hint: `One of each per band, in the order ${bands.join(', ')}.` },
    );
  }
  if (scaling === 'auto' && recommended !== undefined) return recommended;
  if (scaling === 'auto' || scaling === 'compute') return computeStatistics(train, { onProgress });
  return scalingFor(scaling, bands);
}
