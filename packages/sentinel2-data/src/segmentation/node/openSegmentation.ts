import path from 'node:path';
import { LulcError, requireShare, unknownName } from '@lulc/core';
import { ignoreLabel, type SegmentationSample } from '@lulc/core/segmentation';
import { resolveBands } from '../../bands/bandOrders.js';
import { bandIndices } from '../../bands/selectBands.js';
import type { SegmentationFileDataset, StackOptions } from '../../dataset/fileDataset.js';
import { brokenSamples, imageFiles, usableEntries } from '../../formats/node/fileSet.js';
import { exists, mapUsable, viewFolder } from '../../formats/node/folder.js';
import { singleFileStack } from '../../formats/node/imageFiles.js';
import { derivedPart, fractionsOf } from '../../formats/node/splitFractions.js';
import { usualSplitName } from '../../formats/splitNames.js';
import { type ClassLegend, maskLegend } from '../../masks/classLegend.js';
import { classLegend } from '../../masks/cloudLegends.js';
import { decodeMask, type MaskCoding } from '../../masks/maskCoding.js';
import { readImage } from '../../raster/node/readImage.js';
import { readSample } from '../../raster/node/readSample.js';
import { simulatedMarker } from '../../simulate/options.js';
import type { OpenSegmentationOptions, SegmentationFormat } from '../options.js';
import { deepGlobe } from './deepGlobe.js';
import type { MaskedEntry, MaskFormat, OpenedMasks } from './format.js';
import { type CutEntries, type ImageEntry, inWindows, onOneGrid } from './inWindows.js';
import { l8Biome } from './l8Biome.js';
import { cloud38, cloud95 } from './landsatPatches.js';
import { loveDa } from './loveDa.js';
import { maskFolder } from './maskFolder.js';
import { nnUNet } from './nnUNet.js';
import { onCloudN } from './onCloudN.js';
import { checkSegmentationOptions } from './optionKinds.js';
import { potsdam } from './potsdam.js';

/** Masks that are looked at at the same time. */
const looksAtOnce = 8;

/** The formats, in the order in which a folder is tried. */
const formats: Readonly<Record<SegmentationFormat, MaskFormat>> = {
  potsdam,
  deepglobe: deepGlobe,
  loveda: loveDa,
  'on-cloud-n': onCloudN,
  '95-cloud': cloud95,
  '38-cloud': cloud38,
  'l8-biome': l8Biome,
  nnunet: nnUNet,
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
  checkSegmentationOptions(options);
  const format = options.format ?? (await detectSegmentationFormat(options.path));
  if (!(format in formats)) throw unknownName('segmentation format', format, segmentationFormats);
  await viewFolder(options.path);
  const broken = brokenSamples(options.onBroken);
  const opened = await formats[format].open(options, broken.bad);
  const { classes, coding } = legendOf(options, opened);
  const split = usualSplitName(options.split ?? 'all');
  const whole = partOf(options, opened, split);
  const { stack, filesOf } = await stackOf(options, opened, whole);
  const cut = await cutEntries(options, opened, whole.map(withDetails), stack, broken.bad);
  const sourceOf = (entry: MaskedEntry & ImageEntry) => ({
    files: filesOf(entry),
    maskFile: entry.mask,
    ...(entry.window === undefined ? {} : { window: entry.window }),
  });
  const reading = { stack, coding };
  const labelled = await withLabels(cut.entries, coding, options.minLabelled ?? 0, broken.bad);
  const { entries, report } = await usableEntries(labelled, options, broken, { split }, (entry) =>
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

/** How the files of a sample become an image, and which of its files those are. */
async function stackOf(
  options: OpenSegmentationOptions,
  { stored: own, scenes }: OpenedMasks,
  whole: readonly MaskedEntry[],
): Promise<{ readonly stack: StackOptions; readonly filesOf: (entry: MaskedEntry) => readonly string[] }> {
  const stored = own ?? (options.storedBands === undefined ? undefined : resolveBands(options.storedBands));
  const bands = options.bands === undefined ? undefined : resolveBands(options.bands);
  const inOneFile = whole.every(({ files }) => files === undefined);
  const single = await singleFileStack(
    {
      storedBands: inOneFile ? stored : undefined,
      bands: inOneFile ? bands : undefined,
      imageSize: options.window === undefined && scenes !== true ? options.imageSize : 'any',
      nodata: undefined,
      resample: undefined,
      onBroken: options.onBroken,
    },
    whole.map(({ image }) => image),
  );
  if (inOneFile || stored === undefined) return { stack: single, filesOf: ({ image }) => [image] };
  const taken = bandIndices(stored, bands ?? stored);
  const { size } = single;
  return {
    stack: {
      ...single,
      bands: bands ?? stored,
      channels: taken.map(() => [0]),
      ...(size === undefined ? {} : { fileSizes: taken.map(() => size) }),
    },
    filesOf: ({ image, files }) => taken.map((band) => files?.[band] ?? image),
  };
}

/** The samples that whole images become, with the size they share. */
async function cutEntries<E extends ImageEntry>(
  { window }: OpenSegmentationOptions,
  { scenes = false }: OpenedMasks,
  samples: readonly E[],
  stack: StackOptions,
  bad: (id: string, error: unknown) => void,
): Promise<CutEntries<E>> {
  if (window !== undefined) return inWindows(samples, window, bad, scenes);
  return { entries: scenes ? await onOneGrid(samples, bad) : samples, size: stack.size };
}

/** The samples of whose pixels enough have a class. */
async function withLabels<E extends MaskedEntry & ImageEntry>(
  entries: readonly E[],
  coding: MaskCoding,
  share: number,
  bad: (id: string, error: unknown) => void,
): Promise<readonly E[]> {
  requireShare({ minLabelled: share });
  if (share === 0) return entries;
  const looked = await mapUsable(
    entries,
    looksAtOnce,
    async (entry) => {
      if (entry.mask === undefined) return [];
      const { data } = decodeMask(await readImage(entry.mask, entry.window), coding, entry.mask);
      const known = data.reduce((count, label) => (label === ignoreLabel ? count : count + 1), 0);
      return known >= share * data.length ? [entry] : [];
    },
    ({ id }, error) => bad(id, error),
  );
  return looked.flat();
}

function legendOf(options: OpenSegmentationOptions, opened: OpenedMasks): ReturnType<typeof maskLegend> {
  const preset = typeof options.classes === 'string' ? classLegend(options.classes) : undefined;
  const classes = preset?.classes ?? (options.classes as ClassLegend | undefined) ?? opened.legend;
  if (classes === undefined) {
    throw new LulcError('invalid-argument', 'what the masks hold is not known', {
      where: { file: options.path },
      hint: "Name the classes and their values, e.g. classes: { water: 1, land: 2 }, ignore: 0, or colours: { water: '#0000ff' }.",
    });
  }
  const named = options.ignore === undefined ? undefined : [options.ignore].flat();
  // what a dataset ignores may be made a class
  const used = new Set(Array.isArray(classes) ? [] : Object.values(classes).flat());
  const ignore = named ?? (preset?.ignore ?? opened.ignore).filter((value) => !used.has(value));
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
  const known = entries.filter(({ mask }) => mask !== undefined);
  if (split === 'all') return known.length > 0 ? known : entries;
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
  return { ...entry, details: { ...entry.details, split: entry.split, group: entry.group } };
}
