import path from 'node:path';
import { LulcError } from '@lulc/core';
import { viewFolder, within } from '../../formats/node/folder.js';
import type { FolderView } from '../../formats/node/format.js';
import { isImageName } from '../../formats/node/imageFiles.js';
import { readTable } from '../../formats/node/readCsv.js';
import { pathColumns } from '../../formats/node/table.js';
import { usualSplitName } from '../../formats/splitNames.js';
import type { MaskFolderOptions } from '../options.js';
import type { MaskedEntry, MaskFormat } from './format.js';

const imageFolders = ['images', 'image', 'img', 'imgs'];
const maskFolders = ['masks', 'mask', 'labels', 'label', 'annotations'];
const maskSuffixes = ['', '_mask', '_label', '_gt'];
const groupColumns = ['group', 'location', 'scene'];

/** A place with a folder of images and one of masks. */
interface Place {
  readonly images: string;
  readonly masks: string;
  readonly split: string | undefined;
}

/** Images and masks of equal names in two folders. */
export const maskFolder: MaskFormat = {
  detect: async (root) => (await placesIn(root, {})).length > 0,

  open: async ({ path: root, folder: settings = {} }, bad) => {
    const places = await placesIn(await viewFolder(root), settings);
    if (places.length === 0) {
      throw new LulcError('missing-file', 'no folder of images beside one of masks', {
        where: { file: root },
        hint: `Name them with folder.images and folder.masks; looked for were ${imageFolders.join(', ')} and ${maskFolders.join(', ')}.`,
      });
    }
    const found = (await Promise.all(places.map((place) => pairsAt(place, settings, bad)))).flat();
    return {
      name: path.basename(path.resolve(root)),
      stored: undefined,
      legend: undefined,
      ignore: [],
      groundSamplingDistance: undefined,
      licence: 'unknown',
      citation: 'none',
      entries: await listed(root, settings, found, bad),
      drawsVal: false,
    };
  },
};

/** At the top, or in a folder per part. */
async function placesIn(root: FolderView, settings: MaskFolderOptions): Promise<readonly Place[]> {
  const place = (view: FolderView, split: string | undefined): Place[] => {
    const first = (names: readonly string[]) => names.find((name) => view.folders.includes(name));
    const images = settings.images ?? first(imageFolders);
    const masks = settings.masks ?? first(maskFolders);
    if (images === undefined || masks === undefined) return [];
    if (split !== undefined && !(view.folders.includes(images) && view.folders.includes(masks))) return [];
    const folder = (name: string) => (name === '.' ? view.path : within(view.path, name, view.path));
    return [{ images: folder(images), masks: folder(masks), split }];
  };
  const parts = await Promise.all(
    root.folders.map(async (name) => place(await viewFolder(path.join(root.path, name)), usualSplitName(name))),
  );
  return parts.flat().length > 0 ? parts.flat() : place(root, undefined);
}

async function pairsAt(
  { images, masks, split }: Place,
  { maskSuffix, imageSuffix = '' }: MaskFolderOptions,
  bad: (id: string, error: unknown) => void,
): Promise<readonly MaskedEntry[]> {
  const [imageFiles, maskFiles] = [await filesByStem(images), await filesByStem(masks)];
  const suffixes = maskSuffix === undefined ? maskSuffixes : [maskSuffix];
  if (images === masks && (maskSuffix === undefined || imageSuffix === maskSuffix)) {
    throw new LulcError('invalid-argument', 'images and masks in one folder cannot be told apart', {
      where: { file: images },
      hint: "Say how their names end, e.g. folder: { imageSuffix: '_image', maskSuffix: '_mask' }.",
    });
  }
  return [...imageFiles].flatMap(([whole, image]) => {
    if (!whole.endsWith(imageSuffix) || (images === masks && whole.endsWith(maskSuffix ?? '') && imageSuffix === '')) {
      return [];
    }
    const stem = whole.slice(0, whole.length - imageSuffix.length);
    const id = split === undefined ? stem : `${split}/${stem}`;
    const mask = suffixes.map((suffix) => maskFiles.get(`${stem}${suffix}`)).find((file) => file !== undefined);
    if (mask !== undefined) return [{ id, image, mask, split, group: undefined }];
    bad(id, new LulcError('missing-file', 'no mask for an image', { where: { file: image, masks } }));
    return [];
  });
}

/** The images of a folder by their names without extension. */
async function filesByStem(folder: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const name of (await viewFolder(folder)).files.filter((file) => isImageName(file))) {
    const stem = path.parse(name).name;
    const file = path.join(folder, name);
    if (files.has(stem)) {
      throw new LulcError('corrupt-file', `there are two files named '${stem}', of different kinds`, {
        where: { file },
      });
    }
    files.set(stem, file);
  }
  return files;
}

/** The images that the table lists, with what it says of them; all of them without a table. */
async function listed(
  root: string,
  settings: MaskFolderOptions,
  found: readonly MaskedEntry[],
  bad: (id: string, error: unknown) => void,
): Promise<readonly MaskedEntry[]> {
  const tables = (await viewFolder(root)).files.filter((name) => name.endsWith('.csv'));
  const table = settings.table ?? (tables.length === 1 ? tables[0] : undefined);
  if (table === undefined) return found;
  const file = within(root, table, root);
  const { columns, rows } = await readTable(file);
  const column = (named: string | undefined, usual: readonly string[]): string | undefined => {
    if (named === undefined) return usual.find((name) => columns.includes(name));
    if (columns.includes(named)) return named;
    throw new LulcError('unknown-name', `has no column '${named}'`, {
      where: { file },
      hint: `It has ${columns.join(', ')}.`,
    });
  };
  const nameColumn = column(settings.nameColumn, pathColumns);
  if (nameColumn === undefined) {
    throw new LulcError('invalid-argument', 'no column that names the images', {
      where: { file },
      hint: `Name it with folder.nameColumn; there are ${columns.join(', ')}.`,
    });
  }
  const entryOf = entryFinder(found, file);
  const splitColumn = column(settings.splitColumn, ['split']);
  const groupColumn = column(settings.groupColumn, groupColumns);
  return rows.flatMap((row) => {
    const name = row[nameColumn];
    const entry = entryOf(name);
    if (entry !== undefined) {
      const split = splitColumn === undefined ? entry.split : usualSplitName(row[splitColumn]);
      return [{ ...entry, split, group: groupColumn === undefined ? undefined : row[groupColumn] }];
    }
    bad(name, new LulcError('missing-file', `lists '${name}', of which there is no image`, { where: { file } }));
    return [];
  });
}

/** Finds images by id (`train/x`), by path or by file name, with or without extension. */
function entryFinder(entries: readonly MaskedEntry[], file: string): (name: string) => MaskedEntry | undefined {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const byStem = new Map<string, MaskedEntry[]>();
  for (const entry of entries) {
    const stem = path.parse(entry.image).name;
    byStem.set(stem, [...(byStem.get(stem) ?? []), entry]);
  }
  return (name) => {
    const plain = isImageName(name) ? name.slice(0, -path.extname(name).length) : name;
    const entry = byId.get(plain);
    if (entry !== undefined) return entry;
    const same = byStem.get(path.basename(plain)) ?? [];
    if (same.length < 2) return same[0];
    throw new LulcError('corrupt-file', `'${name}' could be any of ${same.map(({ id }) => id).join(', ')}`, {
      where: { file },
    });
  };
}
