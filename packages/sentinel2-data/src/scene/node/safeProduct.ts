import { stat } from 'node:fs/promises';
import path from 'node:path';
import { type GeoReference, LulcError } from '@lulc/core';
import { normalBandName } from '../../bands/bands.js';
import { exists, viewFolder } from '../../formats/node/folder.js';
import { readWholeFile, unreadable } from '../../raster/node/readFile.js';
import { granulePlace, type ProductMetadata, productMetadata } from '../safeMetadata.js';
import { type BandFiles, finestFiles } from './bandFiles.js';
import { inFile } from './blockRaster.js';

/** A granule of a Sentinel-2 product. */
export interface SafeGranule {
  /** Its images. */
  readonly files: BandFiles;
  /** What the product says of its values; `undefined` when it was not asked for and is not there. */
  readonly metadata: ProductMetadata | undefined;
  /** Where images of a size lie; `undefined` when the granule does not say. */
  readonly placeOf: ((size: readonly [number, number]) => GeoReference | undefined) | undefined;
}

/** Names of the metadata files of products, and of granules; those before December 2016 have longer ones. */
const productFile = /^(MTD_MSIL(1C|2A)|S2[A-Z]_\w+_MTD_SAFL(1C|2A).*)\.xml$/i;
const granuleFile = /^(MTD_TL|S2[A-Z]_\w+_MTD_L(1C|2A)_.*)\.xml$/i;

/** Images of bands, with their resolution where there are several. */
const bandImage = /_(B\d[\dA])(?:_(\d+)m)?\.(?:jp2|tiff?)$/i;

/** Metadata of products of many granules have some megabytes. */
const maxXmlBytes = 2 ** 25;

/** Where in a product a path leads. */
interface ProductPlace {
  /** The product's folder, or what should be. */
  readonly root: string;
  /** The granule, when the path leads into one. */
  readonly granule: string | undefined;
  /** The folder of images, when the path leads to one. */
  readonly images: string | undefined;
}

/**
 * A granule by the path of a product (a SAFE folder, or its metadata file) of one granule, of a granule, or of a folder of images in one.
 *
 * @param place path
 * @param needMetadata whether a product without its metadata is an error
 * @returns `undefined` for a path that is nothing of the kind
 * @throws LulcError `missing-file`, `corrupt-file`, `invalid-argument` (a product of several granules)
 */
export async function findGranule(place: string, needMetadata: boolean): Promise<SafeGranule | undefined> {
  const within = await productPlace(place);
  if (within === undefined) return undefined;
  const { root } = within;
  const metadataFile = await fileLike(root, productFile);
  if (metadataFile === undefined && needMetadata) {
    throw new LulcError('missing-file', 'a Sentinel-2 product without MTD_MSIL1C.xml or MTD_MSIL2A.xml', {
      where: { file: root },
      hint: "They say what is to be added to values. radiometricOffset: 'keep' takes values as they are stored.",
    });
  }
  const granule = within.granule ?? (await onlyGranule(root));
  const placeFile = await fileLike(granule, granuleFile);
  const read = <T>(file: string | undefined, parse: (xml: string) => T): Promise<T> | undefined =>
    file === undefined
      ? undefined
      : inFile(file, async () => parse(new TextDecoder().decode(await readWholeFile(file, maxXmlBytes))));
  return {
    files: await imagesOf(within.images ?? path.join(granule, 'IMG_DATA')),
    metadata: await read(metadataFile, productMetadata),
    placeOf: await read(placeFile, granulePlace),
  };
}

async function productPlace(place: string): Promise<ProductPlace | undefined> {
  const stats = await stat(place).catch((cause) => {
    throw unreadable(place, cause);
  });
  const full = path.resolve(place);
  if (!stats.isDirectory()) {
    const root = path.dirname(full);
    return productFile.test(path.basename(full)) ? { root, granule: undefined, images: undefined } : undefined;
  }
  const parts = full.split(path.sep);
  const at = parts.lastIndexOf('GRANULE');
  const upTo = (end: number) => parts.slice(0, end).join(path.sep);
  if (at > 0 && at + 1 < parts.length && (parts[at + 2] ?? 'IMG_DATA') === 'IMG_DATA') {
    return { root: upTo(at), granule: upTo(at + 2), images: parts.length > at + 2 ? full : undefined };
  }
  // a granule that was taken out of its product
  if (await exists(path.join(full, 'IMG_DATA'))) return { root: full, granule: full, images: undefined };
  const root = at === parts.length - 1 ? upTo(at) : full;
  return (await exists(path.join(root, 'GRANULE'))) ? { root, granule: undefined, images: undefined } : undefined;
}

async function fileLike(folder: string, name: RegExp): Promise<string | undefined> {
  const { files } = await viewFolder(folder);
  const found = files.find((file) => name.test(file));
  return found === undefined ? undefined : path.join(folder, found);
}

async function onlyGranule(root: string): Promise<string> {
  const folder = path.join(root, 'GRANULE');
  const { folders } = await viewFolder(folder);
  if (folders.length === 0)
    throw new LulcError('missing-file', 'a product without granules', { where: { file: folder } });
  if (folders.length > 1) {
    throw new LulcError('invalid-argument', `a product of ${folders.length} granules`, {
      where: { file: root },
      hint: `Give the path of one, such as ${path.join(folder, folders[0])}`,
    });
  }
  return path.join(folder, folders[0]);
}

/** The images of a folder, and of those for the resolutions in it. */
async function imagesOf(folder: string): Promise<BandFiles> {
  const { files, folders } = await viewFolder(folder);
  const finer = folders.filter((name) => /^R\d+m$/i.test(name)).map((name) => viewFolder(path.join(folder, name)));
  const views = [{ path: folder, files }, ...(await Promise.all(finer))];
  const named = views.flatMap((view) =>
    view.files.flatMap((name) => {
      const [, band, metres] = bandImage.exec(name) ?? [];
      if (band === undefined) return [];
      return [{ band: normalBandName(band), metres: Number(metres ?? 0), file: path.join(view.path, name) }];
    }),
  );
  if (named.length > 0) return finestFiles(named);
  throw new LulcError('missing-file', 'no image of a band', {
    where: { file: folder },
    hint: 'Names like T32TQM_20230604T101559_B02.jp2 or …_B02_10m.jp2 are looked for.',
  });
}
