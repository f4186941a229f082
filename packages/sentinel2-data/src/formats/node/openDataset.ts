import path from 'node:path';
import { type DatasetInfo, isLulcError, LulcError, type Sample, type SampleMeta, unknownName } from '@lulc/core';
import type { FileDataset, SkippedSample } from '../../dataset/fileDataset.js';
import { checkIndex } from '../../dataset/fromArrays.js';
import { readStack } from '../../raster/node/readStack.js';
import { simulatedMarker } from '../../simulate/options.js';
import type { DatasetFormat, OpenDatasetOptions } from '../options.js';
import { bigEarthNetV1 } from './bigEarthNetV1.js';
import { bigEarthNetV2 } from './bigEarthNetV2.js';
import { euroSatMs, euroSatRgb, folderFormat } from './classFolders.js';
import { exists, mapLimited, viewFolder } from './folder.js';
import type { Entry, Format } from './format.js';
import { sen12ms } from './sen12ms.js';
import { tableFormat } from './table.js';

/** The formats, in the order in which a folder is tried. */
const formats: Readonly<Record<DatasetFormat, Format>> = {
  'bigearthnet-v2': bigEarthNetV2,
  'bigearthnet-v1': bigEarthNetV1,
  'eurosat-rgb': euroSatRgb,
  'eurosat-ms': euroSatMs,
  sen12ms,
  table: tableFormat,
  folder: folderFormat,
};

/** Names of the formats that {@link openDataset} reads. */
export const datasetFormats: readonly DatasetFormat[] = Object.keys(formats) as DatasetFormat[];

/** Samples that are checked at the same time when broken ones are to be skipped. */
const checkedAtOnce = 8;

/**
 * The format of a folder, by what it holds.
 *
 * @param folder path
 * @throws LulcError `missing-file`, `unsupported-file` when it looks like none
 */
export async function detectFormat(folder: string): Promise<DatasetFormat> {
  const view = await viewFolder(folder);
  for (const name of datasetFormats) if (await formats[name].detect(view)) return name;
  throw new LulcError('unsupported-file', 'this folder looks like no dataset that is read', {
    where: { file: folder },
    hint: `Formats are ${datasetFormats.join(', ')}.`,
  });
}

/**
 * Opens a dataset on disk: reads its list of samples, labels and splits, not the pixels.
 *
 * @param options folder, part and bands
 * @throws LulcError `missing-file`, `corrupt-file`, `unsupported-file`, `unknown-name` (split, band, label, format),
 *   `nodata` (with `onBroken: 'skip'`: nothing is left)
 * @example
 * ```ts
 * // not run: needs BigEarthNet v2
 * import { openDataset } from '@lulc/sentinel2-data/node';
 *
 * const train = await openDataset({ path: 'data/BigEarthNet-v2', split: 'train', bands: 'bigearthnet-s2' });
 * const { image, label } = await train.get(0);
 * console.log(train.length, image.shape, label.map((c) => train.info.classes[c])); // … [120, 120, 10] …
 * ```
 */
export async function openDataset(options: OpenDatasetOptions): Promise<FileDataset> {
  const format = options.format ?? (await detectFormat(options.path));
  if (!(format in formats)) {
    throw unknownName('dataset format', format, datasetFormats);
  }
  await viewFolder(options.path);
  const skipped: SkippedSample[] = [];
  const bad = (id: string, error: unknown): void => {
    if (options.onBroken !== 'skip' || !isLulcError(error)) throw error;
    skipped.push({ id, code: error.code, message: error.message });
  };
  const opened = await formats[format].open(options, bad);
  const excluded = new Set(options.exclude);
  const listed = opened.entries.filter(({ id }) => !excluded.has(id));
  const found = listed.length + skipped.length;
  const entries =
    options.onBroken === 'skip'
      ? await readable(listed, (entry) => readStack(opened.files(entry), opened.stack), bad)
      : listed;
  if (entries.length === 0) {
    throw new LulcError('nodata', 'no sample is left', {
      where: { file: options.path, split: opened.info.split },
      hint: skipped.length > 0 ? `The first of ${skipped.length} skipped: ${skipped[0].message}` : undefined,
    });
  }
  const simulated = await exists(path.join(options.path, simulatedMarker));
  return fileDataset(opened.info, opened.stack, entries, opened.files, { found, skipped }, simulated);
}

/** The entries whose pixels can be read; the others are reported in their order. */
async function readable(
  entries: readonly Entry[],
  read: (entry: Entry) => Promise<unknown>,
  bad: (id: string, error: unknown) => void,
): Promise<readonly Entry[]> {
  const failures = await mapLimited(entries, checkedAtOnce, (entry) =>
    read(entry).then(
      () => undefined,
      (error: unknown) => ({ error }),
    ),
  );
  return entries.filter((entry, i) => {
    const failure = failures[i];
    if (failure !== undefined) bad(entry.id, failure.error);
    return failure === undefined;
  });
}

function fileDataset(
  info: Omit<FileDataset['info'], 'simulated'>,
  stack: FileDataset['stack'],
  entries: readonly Entry[],
  filesOf: (entry: Entry) => readonly string[],
  report: FileDataset['report'],
  simulated: boolean,
): FileDataset {
  const at = (index: number): Entry => {
    checkIndex(index, entries.length);
    return entries[index];
  };
  const meta = (index: number): SampleMeta => ({ id: at(index).id, ...at(index).details });
  return {
    // statistics of real images do not describe generated ones
    info: simulated
      ? { ...info, ...simulatedCredit(info.name), simulated, scaling: undefined }
      : { ...info, simulated },
    length: entries.length,
    stack,
    report,
    files: (index) => filesOf(at(index)),
    label: (index) => at(index).label,
    meta,
    get: async (index): Promise<Sample> => {
      const entry = at(index);
      return { image: await readStack(filesOf(entry), stack), label: entry.label, meta: meta(index) };
    },
  };
}

/** Generated pixels carry neither the name nor the licence nor the citation of the set whose layout they have. */
function simulatedCredit(layout: string): Pick<DatasetInfo, 'name' | 'licence' | 'citation'> {
  return {
    name: `simulated landscapes in the layout of ${layout}`,
    licence: 'generated data, free of rights',
    citation: 'none: generated by simulateLandscape',
  };
}
