import path from 'node:path';
import { type ClassificationTask, LulcError, type ScalingStatistics } from '@lulc/core';
import { bandOrders, resolveBands } from '../../bands/bandOrders.js';
import { stratifiedSplit } from '../../dataset/split.js';
import { inFile } from '../../errors/transport.js';
import { euroSat10 } from '../../labels/euroSat.js';
import { type LabelScheme, labelIndex } from '../../labels/labelScheme.js';
import { scalingIfKnown } from '../../normalisation/statistics.js';
import { readWholeFile } from '../../raster/node/readFile.js';
import type { OpenDatasetOptions } from '../options.js';
import { splitNames, usualSplitName } from '../splitNames.js';
import { firstExisting, viewFolder, within } from './folder.js';
import type { Entry, FolderView, Format } from './format.js';
import { imageExtensions, isImageName, singleFileStack } from './imageFiles.js';
import { readTable } from './readCsv.js';
import { fractionsOf } from './splitFractions.js';

/** What is fixed of a dataset that has a folder per class. */
interface ClassFolders {
  readonly name: string;
  /** Its classes; `undefined`: the names of the folders. */
  readonly scheme: LabelScheme | undefined;
  /** Extensions of its images. */
  readonly extensions: readonly string[];
  /** Channels as stored; `undefined`: as the option says. */
  readonly stored: readonly string[] | undefined;
  /** Folders between the root and the class folders, as the published archives have them. */
  readonly nesting: readonly string[];
  readonly imageSize: readonly [number, number] | undefined;
  readonly groundSamplingDistance: number | undefined;
  readonly nodata: number | undefined;
  readonly scaling: string | undefined;
  readonly licence: string;
  readonly citation: string;
}

const euroSat = {
  scheme: euroSat10,
  imageSize: [64, 64],
  groundSamplingDistance: 10,
  licence: 'MIT',
  citation:
    'P. Helber, B. Bischke, A. Dengel, D. Borth, "EuroSAT: A Novel Dataset and Deep Learning Benchmark for Land Use and Land Cover Classification", IEEE JSTARS 12(7), 2019',
} as const;

const kinds = {
  'eurosat-rgb': {
    ...euroSat,
    name: 'eurosat-rgb',
    extensions: ['.jpg', '.jpeg'],
    stored: bandOrders.rgb,
    nesting: ['2750', 'EuroSAT_RGB', 'EuroSAT/2750', 'EuroSAT'],
    nodata: undefined,
    scaling: 'eurosat-rgb',
  },
  'eurosat-ms': {
    ...euroSat,
    name: 'eurosat-ms',
    extensions: ['.tif', '.tiff'],
    stored: bandOrders.eurosat,
    nesting: ['ds/images/remote_sensing/otherDatasets/sentinel_2/tif', 'EuroSAT_MS', 'EuroSATallBands'],
    nodata: 0,
    scaling: undefined,
  },
  folder: {
    name: 'folder',
    scheme: undefined,
    extensions: imageExtensions,
    stored: undefined,
    nesting: [],
    imageSize: undefined,
    groundSamplingDistance: undefined,
    nodata: undefined,
    scaling: undefined,
    licence: 'unknown',
    citation: 'none',
  },
} as const satisfies Record<string, ClassFolders>;

/** EuroSAT, true colour. */
export const euroSatRgb: Format = classFolderFormat(kinds['eurosat-rgb']);
/** EuroSAT, all 13 bands. */
export const euroSatMs: Format = classFolderFormat(kinds['eurosat-ms']);
/** Any folder of class folders. */
export const folderFormat: Format = classFolderFormat(kinds.folder);

function classFolderFormat(kind: ClassFolders): Format {
  return {
    detect: async (top) => {
      const folder = await classRoot(kind, top);
      const classes = folder.folders.filter((name) => kind.scheme === undefined || kind.scheme.classes.includes(name));
      for (const name of classes.slice(0, 5)) {
        const { files } = await viewFolder(path.join(folder.path, name));
        if (files.some((file) => isImageName(file, kind.extensions))) return true;
      }
      return false;
    },
    open: (options, bad) => openClassFolders(kind, options, bad),
  };
}

/** The folder that holds the class folders. */
async function classRoot(kind: ClassFolders, top: FolderView): Promise<FolderView> {
  if (kind.scheme === undefined || top.folders.some((name) => kind.scheme?.classes.includes(name))) return top;
  const nested = await firstExisting(top.path, kind.nesting);
  return nested === undefined ? top : viewFolder(nested);
}

async function openClassFolders(
  kind: ClassFolders,
  options: OpenDatasetOptions,
  bad: (id: string, error: unknown) => void,
): ReturnType<Format['open']> {
  const root = await classRoot(kind, await viewFolder(options.path));
  const images = await listImages(kind, root);
  const scheme: LabelScheme = kind.scheme ?? {
    name: 'the class folders',
    task: 'single-label',
    classes: [...new Set(images.map(({ folder }) => folder))].sort(),
    otherNames: {},
  };
  const split = usualSplitName(options.split ?? 'all');
  const all = images.map(({ folder, file }): Entry => {
    const id = `${folder}/${file}`;
    return { id, label: [labelIndex(scheme, folder) ?? 0], base: path.join(root.path, folder, file), details: {} };
  });
  const entries = await entriesOfSplit(options, scheme, root, all, split, bad);
  const files = (entry: Entry) => [entry.base];
  const task: ClassificationTask = scheme.task;
  const storedBands =
    kind.stored ?? (options.storedBands === undefined ? undefined : resolveBands(options.storedBands));
  const stack = await singleFileStack(
    {
      storedBands,
      bands: options.bands === undefined ? undefined : resolveBands(options.bands),
      imageSize: kind.imageSize ?? options.imageSize,
      nodata: kind.nodata,
      resample: options.resample,
      onBroken: options.onBroken,
    },
    entries.map((entry) => entry.base),
  );
  const scaling: ScalingStatistics | undefined =
    kind.scaling === undefined ? undefined : scalingIfKnown(kind.scaling, stack.bands);
  const { name, groundSamplingDistance, licence, citation } = kind;
  const { classes } = scheme;
  return {
    info: {
      name,
      split,
      task,
      classes,
      bands: stack.bands,
      imageSize: stack.size,
      groundSamplingDistance,
      scaling,
      licence,
      citation,
    },
    stack,
    entries,
    files,
  };
}

interface Listed {
  readonly folder: string;
  readonly file: string;
}

async function listImages(kind: ClassFolders, root: FolderView): Promise<readonly Listed[]> {
  const folders = root.folders.filter((name) => kind.scheme === undefined || kind.scheme.classes.includes(name));
  const views = await Promise.all(folders.map((name) => viewFolder(path.join(root.path, name))));
  return views.flatMap(({ files }, i) =>
    files.filter((file) => isImageName(file, kind.extensions)).map((file) => ({ folder: folders[i], file })),
  );
}

/** The samples of a part: by `labels.csv`, by a list of file names (`eurosat-<split>.txt`), or parted by class. */
async function entriesOfSplit(
  options: OpenDatasetOptions,
  scheme: LabelScheme,
  root: FolderView,
  all: readonly Entry[],
  split: string,
  bad: (id: string, error: unknown) => void,
): Promise<readonly Entry[]> {
  const table = await firstExisting(root.path, ['labels.csv']);
  if (table !== undefined) return entriesOfTable(table, scheme, root.path, split, bad);
  if (split === 'all') return all;
  const names = splitNames(split);
  const list =
    (await firstExisting(options.path, names.map(listName))) ?? (await firstExisting(root.path, names.map(listName)));
  if (list !== undefined) {
    const byName = new Map(all.map((entry) => [path.parse(entry.base).name, entry]));
    const lines = (await readWholeFile(list)).toString('utf8').split(/\r?\n/);
    return lines
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .flatMap((line) => {
        const entry = byName.get(path.parse(line).name);
        if (entry !== undefined) return [entry];
        bad(line, new LulcError('missing-file', `lists '${line}', which is not there`, { where: { file: list } }));
        return [];
      });
  }
  const { shares, seed } = fractionsOf(options);
  const members = stratifiedSplit(
    all.map(({ label }) => label),
    shares,
    seed,
  )[split];
  if (members === undefined) {
    throw new LulcError('unknown-name', `no part '${split}' and no list of it`, { where: { file: options.path } });
  }
  return members.map((i) => all[i]);
}

function listName(split: string): string {
  return `eurosat-${split}.txt`;
}

async function entriesOfTable(
  file: string,
  scheme: LabelScheme,
  root: string,
  split: string,
  bad: (id: string, error: unknown) => void,
): Promise<readonly Entry[]> {
  const { columns, rows } = await readTable(file);
  const missing = ['path', 'class', 'split'].find((name) => !columns.includes(name));
  if (missing !== undefined) throw new LulcError('corrupt-file', `has no column '${missing}'`, { where: { file } });
  const names = splitNames(split);
  return rows
    .filter((row) => split === 'all' || names.includes(row.split))
    .flatMap((row) => {
      try {
        const index = inFile(file, () => labelIndex(scheme, row.class));
        const base = within(root, row.path, file);
        return [{ id: row.path, label: index === undefined ? [] : [index], base, details: { split: row.split } }];
      } catch (error) {
        bad(row.path, error);
        return [];
      }
    });
}
