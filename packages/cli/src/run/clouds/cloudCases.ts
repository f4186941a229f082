import { LulcError, type SampleMeta } from '@lulc/core';
import type { SegmentationDataset } from '@lulc/core/segmentation';
import { concatenateDatasets, unlabelled } from '@lulc/sentinel2-data';
import { openImages } from '@lulc/sentinel2-data/node';
import type { CloudsConfig } from '../../config/clouds.js';
import type { CommandContext } from '../../program/io.js';
import { imageOptions, openMasks } from '../denseData.js';

/** The labelled images that folds are made of: a dataset that knows what its samples are without reading them. */
export interface CloudCases {
  /** The samples. */
  readonly dataset: SegmentationDataset;
  /** Identity of each, unique. */
  readonly ids: readonly string[];
  /** Scene or location of each; its own identity where nothing is known. */
  readonly groups: readonly string[];
  /** Samples left out because they could not be read. */
  readonly skipped: number;
}

/**
 * Opens the parts that folds are made of.
 *
 * @param data the settings
 * @param context told when the pixels were generated
 * @throws LulcError as `openSegmentation`; `incompatible` when two samples have the same identity
 */
export async function openCases(data: CloudsConfig['data'], { log }: Pick<CommandContext, 'log'>): Promise<CloudCases> {
  const parts = await Promise.all([data.splits.train].flat().map((split) => openMasks(data, split)));
  const metas = parts.flatMap((part) => Array.from({ length: part.length }, (_, i) => part.meta(i)));
  const ids = metas.map(({ id }) => id);
  const twice = ids.find((id, i) => ids.indexOf(id) < i);
  if (twice !== undefined) {
    throw new LulcError('incompatible', 'two samples have the same identity', { where: { id: twice } });
  }
  const dataset = parts.length === 1 ? parts[0] : concatenateDatasets(parts);
  if (dataset.info.simulated) log('SIMULATED data: what comes out of this run says nothing about real imagery');
  const skipped = parts.reduce((sum, part) => sum + part.report.skipped.length, 0);
  return { dataset, ids, groups: metas.map(groupOf), skipped };
}

/**
 * The scene or location of a sample.
 *
 * @param meta what the source says of it
 */
export function groupOf({ id, group, scene, location }: SampleMeta): string {
  return String(group ?? scene ?? location ?? id);
}

/**
 * Opens the images that only a teacher says something about.
 *
 * @param data the settings
 * @param classes of the labelled images
 * @throws LulcError as `openImages`
 */
export async function openUnlabelledChips(
  data: CloudsConfig['data'],
  classes: readonly string[],
): Promise<SegmentationDataset | undefined> {
  if (data.unlabelled === undefined) return undefined;
  return unlabelled(await openImages(imageOptions({ ...data, windowStride: undefined, ...data.unlabelled })), classes);
}
