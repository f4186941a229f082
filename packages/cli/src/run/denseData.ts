import { LulcError } from '@lulc/core';
import { labelFraction, locationGroups, subset } from '@lulc/sentinel2-data';
import {
  type FileImageSet,
  type OpenSegmentationOptions,
  openImages,
  openSegmentation,
  type SegmentationFileDataset,
} from '@lulc/sentinel2-data/node';
import type { FinetuneConfig, PretrainConfig } from '../config/denseSchemas.js';
import { evenly } from './parts.js';

export type ImageSettings = Pick<
  FinetuneConfig['data'],
  'path' | 'bands' | 'storedBands' | 'window' | 'windowStride' | 'onBroken'
>;

/** What a configuration says of images with masks. */
export type MaskSettings = ImageSettings &
  Pick<FinetuneConfig['data'], 'format' | 'classes' | 'ignore' | 'unknown' | 'minLabelled' | 'patches'>;

/** What readers of images are told, masks or not. */
export function imageOptions(data: ImageSettings) {
  const { path, bands, storedBands, window, windowStride, onBroken } = data;
  if (window === undefined && windowStride !== undefined) {
    throw new LulcError('invalid-argument', 'windowStride is of use with window only', {
      where: { 'data.windowStride': windowStride },
    });
  }
  return {
    path,
    onBroken,
    ...(bands === undefined ? {} : { bands: bands as OpenSegmentationOptions['bands'] }),
    ...(storedBands === undefined ? {} : { storedBands: storedBands as OpenSegmentationOptions['storedBands'] }),
    ...(window === undefined ? {} : { window: { size: window, stride: windowStride ?? window } }),
  };
}

/**
 * Opens the images that a network is pre-trained on.
 *
 * @param data the settings
 * @throws LulcError as `openImages` and `openSegmentation`
 */
export async function openUnlabelled(data: PretrainConfig['data']): Promise<FileImageSet> {
  const { format, split, limit } = data;
  if (format === 'images') return evenly(await openImages(imageOptions(data)), limit);
  // what masks hold does not matter: none is read
  const classes = format === 'folder' ? { classes: ['unused'], unknown: 'ignore' as const } : {};
  return evenly<FileImageSet>(await openSegmentation({ ...imageOptions(data), ...classes, format, split }), limit);
}

/**
 * Opens a part of a dataset with masks.
 *
 * @param data the settings
 * @param split name of the part
 * @param more what configurations do not say
 * @throws LulcError as `openSegmentation`
 */
export function openMasks(
  data: MaskSettings,
  split: string,
  more: Pick<OpenSegmentationOptions, 'imageSize' | 'splitFractions'> = {},
): Promise<SegmentationFileDataset> {
  const { format, classes, ignore, unknown, minLabelled, patches } = data;
  return openSegmentation({
    ...more,
    ...imageOptions(data),
    format,
    split,
    classes,
    ignore,
    unknown,
    minLabelled,
    landsatPatches: { patches },
  });
}

/**
 * A share of a training part by location.
 *
 * @param part the whole
 * @param settings share, seed and manner
 */
export function shareByLocation(
  part: SegmentationFileDataset,
  { fraction, fractionSeed, fractionBy }: FinetuneConfig['data'],
): SegmentationFileDataset {
  if (fraction === 1) return part;
  return subset(part, labelFraction(locationGroups(part), fraction, fractionSeed, { by: fractionBy }));
}

/**
 * A training part whose samples come several times in an epoch, so that the whole run has enough steps.
 *
 * @param part the part
 * @param settings epochs, batch size and least number of steps
 */
export function repeated(
  part: SegmentationFileDataset,
  { epochs, batchSize, minimumSteps }: Pick<FinetuneConfig['training'], 'epochs' | 'batchSize' | 'minimumSteps'>,
): SegmentationFileDataset {
  const rows = Math.ceil(minimumSteps / epochs) * batchSize;
  if (rows <= part.length) return part;
  return subset(
    part,
    Array.from({ length: rows }, (_, i) => i % part.length),
  );
}
