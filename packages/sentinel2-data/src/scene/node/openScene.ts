import { stat } from 'node:fs/promises';
import {
  type ImageArray,
  knownOption,
  LulcError,
  type OptionKinds,
  requireAbove,
  requireInside,
  requireKinds,
  type ScenePixels,
  unknownName,
  validPixels,
} from '@lulc/core';
import type { ImageWindow } from '@lulc/core/segmentation';
import { resolveBands } from '../../bands/bandOrders.js';
import { bandIndices } from '../../bands/selectBands.js';
import { tileDecoder } from '../../jpeg2000/node/tileDecoder.js';
import type { PixelWindow } from '../../raster/pixelWindow.js';
import { type ResampleMethod, resampleMethods, resampleWindow, windowBeneath } from '../../raster/resample.js';
import type { OpenedScene, OpenSceneOptions, SceneProduct } from '../options.js';
import { toReflectance } from '../safeMetadata.js';
import { type BandFiles, folderBands } from './bandFiles.js';
import { blockCache } from './blockCache.js';
import type { BlockValues, RasterFile } from './blockRaster.js';
import { openRaster } from './rasterFile.js';
import { findGranule, type SafeGranule } from './safeProduct.js';

/** What the options may be, for callers without types. */
const optionKinds = {
  path: 'text',
  paths: 'record',
  bands: ['text', 'texts'],
  storedBands: ['text', 'texts'],
  nodata: ['number', 'text'],
  resample: 'text',
  radiometricOffset: 'text',
  cacheBytes: 'number',
  workers: 'number',
} as const satisfies Readonly<Record<keyof OpenSceneOptions, OptionKinds>>;

/** Bands of one file, and where they go. */
interface SceneFile {
  /** The file. */
  readonly raster: RasterFile;
  /** Its channels that are taken, in the order of `to`. */
  readonly channels: readonly number[];
  /** The scene's bands that they are. */
  readonly to: readonly number[];
}

/**
 * Opens a scene that is read in parts: only the blocks of its files are decoded that a window touches, and some are kept. Bands of
 * coarser files are brought to the grid of the finest. Of a GeoTIFF the full resolution is read, never its overviews; of JPEG 2000 the tiles
 * that a window touches.
 *
 * A Sentinel-2 product is opened by its SAFE folder, its metadata file (`MTD_MSIL1C.xml`, `MTD_MSIL2A.xml`), one of its granules, or a
 * folder of images in one. Of each band the finest resolution is taken; values become reflectance times 10,000 (see
 * `radiometricOffset`), and the granule's metadata say where it lies.
 *
 * @param options files and bands
 * @returns the scene; close it when done
 * @throws LulcError `missing-file` (also: the metadata of a product), `corrupt-file`, `unsupported-file`, `unknown-name` (a band),
 *   `invalid-argument` (also: a product of several granules)
 * @example
 * ```ts
 * // not run: needs a scene
 * import { openScene } from '@lulc/sentinel2-data/node';
 *
 * const scene = await openScene({ path: 'S2A_MSIL1C_20230604T101559_N0509_R065_T32TQM_20230604T140000.SAFE', bands: ['B04', 'B03', 'B02', 'B08'] });
 * const { image, valid } = await scene.read({ top: 0, left: 0, rows: 256, columns: 256 });
 * console.log(scene.size, scene.geo?.epsg, image.shape, valid.length); // [10980, 10980] 32632 [256, 256, 4] 65536
 * await scene.close();
 * ```
 */
export async function openScene(options: OpenSceneOptions): Promise<OpenedScene> {
  requireKinds(options, optionKinds);
  const { paths = {} } = options;
  requireKinds({ paths }, { paths: Object.fromEntries(Object.keys(paths).map((band) => [band, 'text' as const])) });
  const { nodata = 0, resample: method = 'bilinear', cacheBytes = 2 ** 28 } = options;
  if (typeof nodata === 'string') knownOption('nodata', nodata, ['none']);
  knownOption('resample', method, resampleMethods);
  requireAbove(0, { cacheBytes });
  const decoder = tileDecoder(options.workers);
  const cache = blockCache<BlockValues>(cacheBytes);
  const opened: RasterFile[] = [];
  const openOne = async (file: string) => {
    const raster = await openRaster(file, cache, decoder);
    opened.push(raster);
    return raster;
  };
  const close = async () => {
    cache.clear();
    await decoder.close();
    await Promise.all(opened.splice(0).map((raster) => raster.close()));
  };
  try {
    const { bands, files, placeOf, product } = await sceneFiles(options, openOne);
    const finest = files.reduce(
      (best, { raster }) => (raster.shape[0] > best.shape[0] ? raster : best),
      files[0].raster,
    );
    const size = [finest.shape[0], finest.shape[1]] as const;
    const empty = bands.map(() => (nodata === 'none' ? undefined : nodata));
    for (const { raster, to } of files) for (const band of to) empty[band] = raster.nodata ?? empty[band];
    return {
      size,
      bands,
      product,
      geo:
        placeOf?.(size) ??
        finest.geo ??
        files.find(({ raster }) => sameSize(raster, size) && raster.geo !== undefined)?.raster.geo,
      read: async (window) => readPart(files, bands.length, requireInside(window, size), size, method, empty),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Which files hold which bands. */
async function sceneFiles(
  { path: place, paths, bands: wanted, storedBands, radiometricOffset }: OpenSceneOptions,
  openOne: (file: string) => Promise<RasterFile>,
): Promise<{
  readonly bands: readonly string[];
  readonly files: readonly SceneFile[];
  readonly placeOf?: SafeGranule['placeOf'];
  readonly product?: SceneProduct;
}> {
  if ((place === undefined) === (paths === undefined)) {
    throw new LulcError('invalid-argument', 'a scene is either one path or a path per band', {
      where: { option: 'path' },
    });
  }
  const applied = knownOption('radiometricOffset', radiometricOffset ?? 'apply', ['apply', 'keep']) === 'apply';
  const found = paths === undefined ? await bandFiles(place as string, applied) : { files: paths };
  if (found !== undefined) {
    const { files: perBand, granule } = found;
    const product = granule?.metadata && { ...granule.metadata, applied };
    const bands = wanted === undefined ? Object.keys(perBand) : resolveBands(wanted);
    const files: SceneFile[] = [];
    for (const [to, name] of bands.entries()) {
      if (perBand[name] === undefined) throw unknownName('band', name, Object.keys(perBand), { band: name });
      const raster = await openOne(perBand[name]);
      files.push({ raster: product?.applied ? reflectance(raster, name, product) : raster, channels: [0], to: [to] });
    }
    return { bands, files, ...(granule && { placeOf: granule.placeOf }), ...(product && { product }) };
  }
  const raster = await openOne(place as string);
  const channels = raster.shape[2];
  const stored = storedBands === undefined ? numbered(channels) : resolveBands(storedBands);
  if (stored.length !== channels) {
    throw new LulcError('invalid-argument', `storedBands names ${stored.length} channels of ${channels}`, {
      where: { file: raster.file },
    });
  }
  const bands = wanted === undefined ? stored : resolveBands(wanted);
  return { bands, files: [{ raster, channels: bandIndices(stored, bands), to: bands.map((_, i) => i) }] };
}

const numbered = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `band${i + 1}`);

/** What a path holds beside one image: a folder, or a Sentinel-2 product. */
async function bandFiles(
  place: string,
  needMetadata: boolean,
): Promise<{ readonly files: BandFiles; readonly granule?: SafeGranule } | undefined> {
  const granule = await findGranule(place, needMetadata);
  if (granule !== undefined) return { files: granule.files, granule };
  return (await stat(place)).isDirectory() ? { files: await folderBands(place) } : undefined;
}

/** A band of a product as reflectance times 10,000. */
function reflectance(raster: RasterFile, band: string, { offsets, quantification }: SceneProduct): RasterFile {
  return {
    ...raster,
    read: async (window) => {
      const image = await raster.read(window);
      if (!(image.data instanceof Uint16Array)) {
        throw new LulcError('unsupported-file', 'an image of a Sentinel-2 product that is not of 16 bits', {
          where: { file: raster.file },
        });
      }
      toReflectance(image.data, offsets[band], quantification);
      return image;
    },
  };
}

const sameSize = ({ shape }: RasterFile, [height, width]: readonly [number, number]): boolean =>
  shape[0] === height && shape[1] === width;

async function readPart(
  files: readonly SceneFile[],
  bands: number,
  { top, left, rows, columns }: ImageWindow,
  size: readonly [number, number],
  method: ResampleMethod,
  nodata: readonly (number | undefined)[],
): Promise<ScenePixels> {
  const window = { top, left, height: rows, width: columns };
  const parts = await Promise.all(files.map(({ raster }) => onGrid(raster, window, size, method)));
  const image = joined(files, parts, bands);
  return { image, valid: validPixels(image, nodata) };
}

/** A window of a file on the scene's grid. */
async function onGrid(
  raster: RasterFile,
  window: PixelWindow,
  size: readonly [number, number],
  method: ResampleMethod,
): Promise<ImageArray> {
  if (sameSize(raster, size)) return raster.read(window);
  const own = [raster.shape[0], raster.shape[1]] as const;
  const part = await raster.read(windowBeneath(window, size, own, method));
  const values = resampleWindow(part, window, size, own, method);
  return { data: likeStored(values, part.data), shape: [window.height, window.width, raster.shape[2]] };
}

/** Lowest and highest value of the integer types. */
const integerRange: Readonly<Record<string, readonly [number, number]>> = {
  Uint8Array: [0, 255],
  Uint16Array: [0, 65535],
  Int16Array: [-32768, 32767],
};

/** Interpolated values in the type of those they came from. */
function likeStored(values: Float32Array, stored: BlockValues): BlockValues {
  const Type = stored.constructor as new (length: number) => BlockValues;
  const range = integerRange[Type.name];
  if (range === undefined) return values;
  const out = new Type(values.length);
  for (let i = 0; i < out.length; i++) out[i] = Math.min(range[1], Math.max(range[0], Math.round(values[i])));
  return out;
}

/** Puts the bands of all files together. */
function joined(files: readonly SceneFile[], parts: readonly ImageArray[], bands: number): ImageArray {
  const [{ channels }] = files;
  const [{ data: first, shape }] = parts;
  const inOrder = channels.length === shape[2] && channels.every((channel, i) => channel === i);
  if (files.length === 1 && inOrder) return parts[0];
  const sameType = parts.every(({ data }) => data.constructor === first.constructor);
  const Type = (sameType ? first.constructor : Float32Array) as new (length: number) => BlockValues;
  const out = new Type(shape[0] * shape[1] * bands);
  files.forEach((file, i) => {
    const { data, shape: from } = parts[i];
    file.channels.forEach((channel, k) => {
      copyChannel(data, channel, from[2], out, file.to[k], bands);
    });
  });
  return { data: out, shape: [shape[0], shape[1], bands] };
}

/** A function of its own so that it is compiled for each pair of number types. */
function copyChannel(
  source: ArrayLike<number>,
  from: number,
  fromStep: number,
  out: BlockValues,
  to: number,
  toStep: number,
): void {
  for (let i = from, k = to; k < out.length; i += fromStep, k += toStep) out[k] = source[i];
}
