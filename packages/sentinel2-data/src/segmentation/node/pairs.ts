import path from 'node:path';
import { LulcError } from '@lulc/core';
import { resolveBands } from '../../bands/bandOrders.js';
import { bandIndices } from '../../bands/selectBands.js';
import { exists, viewFolder } from '../../formats/node/folder.js';
import type { FolderView } from '../../formats/node/format.js';
import type { OpenSegmentationOptions } from '../options.js';
import type { MaskedEntry } from './format.js';

/** Where the images and masks of a part of a dataset lie, and how their names belong together. */
export interface PairPlace {
  /** Folder of the images. */
  readonly images: string;
  /** Folder of the masks. */
  readonly masks: string;
  /** Name of an image: its first group is what it has in common with that of the mask. */
  readonly imageName: RegExp;
  /** The name of the mask that belongs to what is common. */
  readonly maskName: (common: string) => string;
  /** Put before the common part to make the id. */
  readonly prefix?: string;
  /** Part the images belong to. */
  readonly split?: string;
  /** Location of an image, from what is common. */
  readonly group?: (common: string) => string | undefined;
}

/**
 * The images of a folder with their masks.
 *
 * @param place where they are
 * @param bad called for an image without a mask
 */
export async function pairsIn(place: PairPlace, bad: (id: string, error: unknown) => void): Promise<MaskedEntry[]> {
  const { images, masks, imageName, maskName, prefix = '', split, group } = place;
  const inMasks = new Set((await viewFolder(masks)).files);
  return (await viewFolder(images)).files.flatMap((file) => {
    const common = imageName.exec(file)?.[1];
    if (common === undefined) return [];
    const id = `${prefix}${common}`;
    const mask = maskName(common);
    if (inMasks.has(mask)) {
      return [{ id, image: path.join(images, file), mask: path.join(masks, mask), split, group: group?.(common) }];
    }
    bad(id, new LulcError('missing-file', 'no mask for an image', { where: { file: path.join(masks, mask) } }));
    return [];
  });
}

/**
 * The bands of a dataset with a file per band that were asked for, as the dataset names them: only their files have to be there.
 *
 * @param options what was asked for
 * @param bands those of the dataset
 * @throws LulcError `unknown-name`, `invalid-argument`
 */
export function wantedBands(options: OpenSegmentationOptions, bands: readonly string[]): readonly string[] {
  if (options.bands === undefined) return bands;
  return bandIndices(bands, resolveBands(options.bands)).map((i) => bands[i]);
}

/**
 * The error for a file that a dataset should have.
 *
 * @param file path
 * @param where what else is known
 */
export function missingFile(file: string, where: Readonly<Record<string, string>> = {}): LulcError {
  return new LulcError('missing-file', 'no such file', { where: { file, ...where } });
}

/**
 * The folders of a list that exist in a folder.
 *
 * @param root the folder
 * @param names names of folders, `''` for itself
 */
export async function presentFolders(root: string, names: readonly string[]): Promise<readonly FolderView[]> {
  const paths = names.map((name) => path.join(root, name));
  const there = await Promise.all(paths.map(exists));
  return Promise.all(paths.filter((_, i) => there[i]).map(viewFolder));
}
