import path from 'node:path';
import { LulcError } from '@lulc/core';
import { normalBandName, sentinel2Bands } from '../../bands/bands.js';
import { viewFolder } from '../../formats/node/folder.js';
import { imageExtensions, isImageName } from '../../formats/node/imageFiles.js';

/** Files by the band that they hold, in the order of wavelength. */
export type BandFiles = Readonly<Record<string, string>>;

/** Files that scenes are made of. */
export const sceneExtensions: readonly string[] = [...imageExtensions, '.jp2', '.j2k', '.jpx'];

/** What the name of a file says. */
export interface NamedBand {
  /** The band. */
  readonly band: string;
  /** Metres of a pixel; 0 when it does not say. */
  readonly metres: number;
  /** Path. */
  readonly file: string;
}

/**
 * Of each band the file of the finest resolution.
 *
 * @param named files
 */
export function finestFiles(named: readonly NamedBand[]): BandFiles {
  const finest = (name: string) =>
    named
      .filter(({ band }) => band === name)
      .reduce<NamedBand | undefined>(
        (best, one) => (best === undefined || one.metres < best.metres ? one : best),
        undefined,
      );
  return Object.fromEntries(
    sentinel2Bands.flatMap(({ name }) => {
      const one = finest(name);
      return one === undefined ? [] : [[name, one.file]];
    }),
  );
}

/**
 * The files of a folder by their bands.
 *
 * @param folder path
 * @throws LulcError `missing-file`, when none is named after a band
 */
export async function folderBands(folder: string): Promise<BandFiles> {
  const { files } = await viewFolder(folder);
  const named = files
    .filter((name) => isImageName(name, sceneExtensions))
    .flatMap((name) => {
      const words = path.parse(name).name.split(/[_\-. ]+/);
      const band = words.map(normalBandName).find((word) => sentinel2Bands.some((known) => known.name === word));
      const metres = Number(/^(\d+)m$/.exec(words[words.length - 1])?.[1] ?? 0);
      return band === undefined ? [] : [{ band, metres, file: path.join(folder, name) }];
    });
  if (named.length > 0) return finestFiles(named);
  throw new LulcError('missing-file', 'no file is named after a band', {
    where: { file: folder },
    hint: 'Names like B02.tif or scene_B02.jp2 are looked for; else give the file of each band with paths.',
  });
}
