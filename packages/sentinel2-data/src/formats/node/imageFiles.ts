import { LulcError } from '@lulc/core';
import { bandIndices } from '../../bands/selectBands.js';
import type { StackOptions } from '../../dataset/fileDataset.js';
import { imageShape } from '../../raster/node/readImage.js';
import type { OpenDatasetOptions } from '../options.js';

/** Extensions of the images that are read. */
export const imageExtensions: readonly string[] = ['.tif', '.tiff', '.jpg', '.jpeg', '.png'];

/**
 * True for the name of an image.
 *
 * @param name file name
 * @param extensions those that count
 */
export function isImageName(name: string, extensions: readonly string[] = imageExtensions): boolean {
  return extensions.some((extension) => name.toLowerCase().endsWith(extension));
}

/**
 * How samples of one file each are read: what is not given is taken from the first image that can be read, and all
 * others must be like it.
 *
 * @param options number of channels and size, as far as known
 * @param files images of the dataset
 * @throws LulcError `invalid-argument`, `unknown-name`, and what reading the first image throws
 */
export async function singleFileStack(
  options: {
    readonly storedBands: readonly string[] | undefined;
    readonly bands: readonly string[] | undefined;
    readonly imageSize: readonly [number, number] | 'any' | undefined;
    readonly nodata: number | undefined;
    readonly resample: OpenDatasetOptions['resample'];
    readonly onBroken: OpenDatasetOptions['onBroken'];
  },
  files: readonly string[],
): Promise<StackOptions> {
  const { storedBands, bands, imageSize, nodata } = options;
  const known = storedBands !== undefined && imageSize !== undefined;
  const shape = known ? undefined : await firstShape(files, options.onBroken === 'skip');
  const stored = storedBands ?? Array.from({ length: shape?.[2] ?? 0 }, (_, i) => `band${i + 1}`);
  const size = imageSize ?? (shape === undefined ? 'any' : ([shape[0], shape[1]] as const));
  if (shape !== undefined && stored.length !== shape[2]) {
    throw new LulcError('invalid-argument', `storedBands names ${stored.length} channels of ${shape[2]}`, {
      where: { file: files[0] },
    });
  }
  return {
    bands: bands ?? stored,
    channels: [bandIndices(stored, bands ?? stored)],
    ...(size === 'any' ? {} : { fileSizes: [size], size }),
    resample: options.resample ?? 'bicubic',
    nodata,
  };
}

async function firstShape(
  files: readonly string[],
  skip: boolean,
): Promise<readonly [number, number, number] | undefined> {
  let failure: unknown;
  for (const file of files) {
    try {
      return await imageShape(file);
    } catch (error) {
      failure = error;
      if (!skip) break;
    }
  }
  if (failure !== undefined) throw failure;
  return undefined;
}
