import path from 'node:path';
import { LulcError, unknownName } from '@lulc/core';
import type { SegmentationSample } from '@lulc/core/segmentation';
import { resolveBands } from '../../bands/bandOrders.js';
import type { PixelWindow, SegmentationFileDataset } from '../../dataset/fileDataset.js';
import { brokenSamples, imageFiles, usableEntries } from '../../formats/node/fileSet.js';
import { exists, viewFolder } from '../../formats/node/folder.js';
import { singleFileStack } from '../../formats/node/imageFiles.js';
import { derivedPart, fractionsOf } from '../../formats/node/splitFractions.js';
import { usualSplitName } from '../../formats/splitNames.js';
import { maskLegend } from '../../masks/classLegend.js';
import { readSample } from '../../raster/node/readSample.js';
import { simulatedMarker } from '../../simulate/options.js';
import type { OpenSegmentationOptions, SegmentationFormat } from '../options.js';
import { deepGlobe } from './deepGlobe.js';
import type { MaskedEntry, MaskFormat, OpenedMasks } from './format.js';
import { type ImageEntry, inWindows } from './inWindows.js';
import { loveDa } from './loveDa.js';
import { maskFolder } from './maskFolder.js';
import { potsdam } from './potsdam.js';

/** The formats, in the order in which a folder is tried. */
const formats: Readonly<Record<SegmentationFormat, MaskFormat>> = {
  potsdam,
  deepglobe: deepGlobe,
  loveda: loveDa,
  folder: maskFolder,
};

/** Names of the formats that {@link openSegmentation} reads. */
export const segmentationFormats: readonly SegmentationFormat[] = Object.keys(formats) as SegmentationFormat[];

/**
 * The format of a folder of images with masks, by what it holds.
 *
 * @param folder path
 * @throws LulcError `missing-file`, `unsupported-file` when it looks like none
 */
export async function detectSegmentationFormat(folder: string): Promise<SegmentationFormat> {
  const view = await viewFolder(folder);
  for (const name of segmentationFormats) if (await formats[name].detect(view)) return name;
  throw new LulcError('unsupported-file', 'this folder does not look like images with masks', {
    where: { file: folder },
    hint: `Formats are ${segmentationFormats.join(', ')}.`,
  });
}

/**
 * Opens images with masks on disk: reads the list of samples and, for windows, the sizes of the images, not the pixels. Masks
 * of numbers or colours become class indices, and 255 where nothing is known.
 *
 * @param options folder, part, classes and bands
 * @throws LulcError `missing-file`, `corrupt-file`, `unsupported-file`, `unknown-name` (split, band, format),
 *   `invalid-argument` (classes that are missing or contradict themselves), `nodata` (nothing is left); reading a sample throws
 *   `corrupt-file` naming file, pixel and value when its mask holds what is no class
 * @example
 * ```ts
 * // not run: needs tiles with masks
 * import { openSegmentation } from '@lulc/sentinel2-data/node';
 *
 * const train = await openSegmentation({
 *   path: 'data/s2-india',
 *   split: 'train',
 *   storedBands: 'rgbn',
 *   classes: { 'built-up': 1, vegetation: 2, water: 3 },
 *   ignore: 0,
 * });
 * const { image, mask } = await train.get(0);
 * console.log(train.length, image.shape, mask.shape); // 387 [128, 128, 4] [128, 128]
 * ```
 */
export async function openSegmentation(options: OpenSegmentationOptions): Promise<SegmentationFileDataset> {
  const format = options.format ?? (await detectSegmentationFormat(options.path));
  if (!(format in formats)) throw unknownName('segmentation format', format, segmentationFormats);
  await viewFolder(options.path);
  const broken = brokenSamples(options.onBroken);
  const opened = await formats[format].open(options, broken.bad);
  const { classes, coding } = legendOf(options, opened);
  const split = usualSplitName(options.split ?? 'all');
  const whole = partOf(options, opened, split);
  const stored = opened.stored ?? (options.storedBands === undefined ? undefined : resolveBands(options.storedBands));
  const stack = await singleFileStack(
    {
      storedBands: stored,
      bands: options.bands === undefined ? undefined : resolveBands(options.bands),
      imageSize: options.window === undefined ? options.imageSize : 'any',
      nodata: undefined,
      resample: undefined,
      onBroken: options.onBroken,
    },
    whole.map(({ image }) => image),
  );
  const samples = whole.map(withDetails);
  const cut =
    options.window === undefined
      ? { entries: samples, size: stack.size }
      : await inWindows(samples, options.window, broken.bad);
  const sourceOf = (entry: { image: string; mask: string; window?: PixelWindow }) => ({
    files: [entry.image],
    maskFile: entry.mask,
    ...(entry.window === undefined ? {} : { window: entry.window }),
  });
  const reading = { stack, coding };
  const { entries, report } = await usableEntries(cut.entries, options, broken, { split }, (entry) =>
    readSample(sourceOf(entry), reading),
  );
  const { at, ...set } = imageFiles(entries, stack, report, sourceOf);
  const { name, groundSamplingDistance, licence, citation } = opened;
  return {
    ...set,
    info: {
      name,
      split,
      classes,
      bands: stack.bands,
      imageSize: cut.size,
      groundSamplingDistance,
      scaling: undefined,
      simulated: await exists(path.join(options.path, simulatedMarker)),
      licence,
      citation,
    },
    coding,
    maskFile: (index) => at(index).mask,
    get: async (index): Promise<SegmentationSample> => {
      const { image, mask } = await readSample(sourceOf(at(index)), reading);
      if (mask === undefined) throw new LulcError('internal', 'a sample was read without its mask');
      return { image, mask, meta: set.meta(index) };
    },
  };
}

function legendOf(options: OpenSegmentationOptions, opened: OpenedMasks): ReturnType<typeof maskLegend> {
  const classes = options.classes ?? opened.legend;
  if (classes === undefined) {
    throw new LulcError('invalid-argument', 'what the masks hold is not known', {
      where: { file: options.path },
      hint: "Name the classes and their values, e.g. classes: { water: 1, land: 2 }, ignore: 0, or colours: { water: '#0000ff' }.",
    });
  }
  const named = options.ignore === undefined ? undefined : [options.ignore].flat();
  // what a dataset ignores may be made a class
  const used = new Set(Array.isArray(classes) ? [] : Object.values(classes).flat());
  const ignore = named ?? opened.ignore.filter((value) => !used.has(value));
  return maskLegend(classes, ignore, {
    unknown: options.unknown ?? 'error',
    ...(opened.threshold === undefined ? {} : { threshold: opened.threshold }),
  });
}

/** The samples of a part: as the dataset parts them, with whole locations of `train` for `val` where it has none, or drawn. */
function partOf(
  options: OpenSegmentationOptions,
  { entries, drawsVal }: OpenedMasks,
  split: string,
): readonly MaskedEntry[] {
  if (split === 'all') return entries;
  const unlabelled = entries.map((entry) => ({ ...entry, label: [] }));
  const parts = new Set(entries.flatMap((entry) => entry.split ?? []));
  if (parts.size === 0) return derivedPart(options, unlabelled, split);
  const own = unlabelled.filter((entry) => entry.split === split);
  const training = unlabelled.filter((entry) => entry.split === 'train');
  if (drawsVal && !parts.has('val')) {
    const { train, val } = fractionsOf(options).shares;
    if (split === 'trainval') return training;
    if (split === 'train' || split === 'val') return derivedPart(options, training, split, { train, val });
  }
  if (own.length > 0) return own;
  throw new LulcError('unknown-name', `no part '${split}'`, {
    where: { file: options.path },
    hint: `There are ${[...parts].sort().join(', ')}, all.`,
  });
}

function withDetails(entry: MaskedEntry): MaskedEntry & ImageEntry {
  return { ...entry, details: { split: entry.split, group: entry.group } };
}
