import { type ImageSet, LulcError, type ScalingStatistics } from '@lulc/core';
import { computeStatistics, scalingFor, stratifiedSplit, subset } from '@lulc/sentinel2-data';
import { type FileDataset, type FileImageSet, type OpenDatasetOptions, openDataset } from '@lulc/sentinel2-data/node';
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
  return evenly(await openDataset(openOptions(data, split)), limit);
}

/**
 * At most so many samples of a part, taken evenly from the whole list.
 *
 * @param part the whole
 * @param limit most samples; all when absent
 */
export function evenly<Part extends FileDataset | FileImageSet>(part: Part, limit: number | undefined): Part {
  if (limit === undefined || limit >= part.length) return part;
  const taken = Array.from({ length: limit }, (_, i) => Math.floor((i * part.length) / limit));
  return subset<FileDataset | FileImageSet>(part, taken) as Part;
}

/**
 * A share of a training part, every combination of labels represented as it is in the whole, to within one sample.
 *
 * @param part the whole
 * @param settings share, above 0 and at most 1, and seed of the choice
 */
export function trainingShare(
  part: FileDataset,
  { fraction, fractionSeed }: Pick<DataConfig, 'fraction' | 'fractionSeed'>,
): FileDataset {
  if (fraction === 1) return part;
  const labels = Array.from({ length: part.length }, (_, i) => part.label(i));
  const { used } = stratifiedSplit(labels, { used: fraction, left: 1 - fraction }, fractionSeed);
  if (used.length > 0) return subset(part, used);
  throw new LulcError('nodata', `no sample is left of ${part.length}`, { where: { 'data.fraction': fraction } });
}

function openOptions(data: DataConfig, split: string): OpenDatasetOptions {
  const {
    path,
    format,
    bands,
    storedBands,
    nomenclature,
    table,
    sen12ms,
    resample,
    imageSize,
    onBroken,
    splitFractions,
  } = data;
  return {
    path,
    format,
    split,
    bands: bands as OpenDatasetOptions['bands'],
    storedBands: storedBands as OpenDatasetOptions['storedBands'],
    nomenclature,
    table,
    sen12ms,
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
  { scaling }: Pick<DataConfig, 'scaling'>,
  train: ImageSet,
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
