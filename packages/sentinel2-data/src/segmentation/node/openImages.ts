import path from 'node:path';
import { type ImageSample, isLulcError, LulcError, requireAtLeast } from '@lulc/core';
import { resolveBands } from '../../bands/bandOrders.js';
import type { FileImageSet, StackOptions } from '../../dataset/fileDataset.js';
import { brokenSamples, imageFiles, usableEntries } from '../../formats/node/fileSet.js';
import { exists, mapLimited, viewFolder } from '../../formats/node/folder.js';
import { isImageName, singleFileStack } from '../../formats/node/imageFiles.js';
import { readStack } from '../../raster/node/readStack.js';
import { simulatedMarker } from '../../simulate/options.js';
import type { OpenImagesOptions } from '../options.js';
import { type ImageEntry, inWindows } from './inWindows.js';
import { checkImageOptions } from './optionKinds.js';

/** Deepest folder that is looked into, so that links in a circle end. */
const maxDepth = 12;

/** Folders and windows that are looked at at the same time. */
const atOnce = 8;

/**
 * Opens images without labels: every GeoTIFF, JPEG and PNG of a folder, whole or in windows. Windows that are mostly without
 * data are left out, which is seen by all bands and the file's own nodata value.
 *
 * @param options folder, bands and windows
 * @throws LulcError `missing-file`, `corrupt-file`, `unsupported-file`, `unknown-name` (band), `invalid-argument`, `nodata`
 *   (nothing is left)
 * @example
 * ```ts
 * // not run: needs a folder of scenes
 * import { openImages } from '@lulc/sentinel2-data/node';
 *
 * const images = await openImages({ path: 'data/scenes', storedBands: 'rgbn', window: { size: 256, stride: 192 } });
 * console.log(images.length, (await images.get(0)).image.shape); // … [256, 256, 4]
 * ```
 */
export async function openImages(options: OpenImagesOptions): Promise<FileImageSet> {
  checkImageOptions(options);
  const { window } = options;
  const limit = dataLimit(options);
  const broken = brokenSamples(options.onBroken);
  const names = await imageNames(options.path, options.recursive ?? true);
  const whole = names.map((name): ImageEntry => ({ id: name, image: path.join(options.path, name), details: {} }));
  const single = await singleFileStack(
    {
      storedBands: options.storedBands === undefined ? undefined : resolveBands(options.storedBands),
      bands: options.bands === undefined ? undefined : resolveBands(options.bands),
      imageSize: window === undefined ? options.imageSize : 'any',
      nodata: undefined,
      resample: undefined,
      onBroken: options.onBroken,
    },
    whole.map(({ image }) => image),
  );
  const stack: StackOptions = limit === undefined ? single : { ...single, limit };
  const cut = window === undefined ? { entries: whole, size: stack.size } : await inWindows(whole, window, broken.bad);
  const filled = limit === undefined ? cut.entries : await withData(cut.entries, stack);
  const { entries, report } = await usableEntries(filled, options, broken, { split: 'all' }, (entry) =>
    readStack([entry.image], stack, entry.window),
  );
  const { at, ...set } = imageFiles(entries, stack, report, ({ image, window: part }) => ({
    files: [image],
    ...(part === undefined ? {} : { window: part }),
  }));
  return {
    ...set,
    info: {
      name: path.basename(path.resolve(options.path)),
      split: 'all',
      bands: stack.bands,
      imageSize: cut.size,
      groundSamplingDistance: undefined,
      scaling: undefined,
      simulated: await exists(path.join(options.path, simulatedMarker)),
      licence: 'unknown',
      citation: 'none',
    },
    get: async (index): Promise<ImageSample> => ({
      image: await readStack(set.files(index), stack, at(index).window),
      meta: set.meta(index),
    }),
  };
}

/** How much of a sample may be without data; `undefined` when samples are not to be looked at. */
function dataLimit({ maxNodata, nodata = 0, window }: OpenImagesOptions): StackOptions['limit'] {
  if (maxNodata === undefined && window === undefined) return undefined;
  const share = maxNodata ?? 0.5;
  requireAtLeast(0, { maxNodata: share });
  return share < 1 ? { share, nodata } : undefined;
}

/** Paths of all images below a folder, relative to it and with `/` between folders. */
async function imageNames(root: string, recursive: boolean): Promise<readonly string[]> {
  const below = async (folder: string, depth: number): Promise<readonly string[]> => {
    const view = await viewFolder(path.join(root, folder));
    const images = view.files.filter((name) => isImageName(name)).map((name) => path.posix.join(folder, name));
    if (!recursive || depth >= maxDepth) return images;
    const deeper = await mapLimited(view.folders, atOnce, (name) => below(path.posix.join(folder, name), depth + 1));
    return [...images, ...deeper.flat()];
  };
  const names = await below('', 0);
  if (names.length === 0) throw new LulcError('missing-file', 'no images', { where: { file: root } });
  return names;
}

/** The samples that have data; those that cannot be read for another reason are left for the reader to report. */
async function withData(entries: readonly ImageEntry[], stack: StackOptions): Promise<readonly ImageEntry[]> {
  const filled = await mapLimited(entries, atOnce, ({ image, window }) =>
    readStack([image], stack, window).then(
      () => true,
      (error: unknown) => !isLulcError(error, 'nodata'),
    ),
  );
  return entries.filter((_, i) => filled[i]);
}
