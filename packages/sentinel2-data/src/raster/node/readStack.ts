import { type ImageArray, LulcError } from '@lulc/core';
import type { StackOptions } from '../../dataset/fileDataset.js';
import type { PixelWindow } from '../pixelWindow.js';
import { resample, resampleWindow, windowBeneath } from '../resample.js';
import { type ImageFile, readImage } from './readImage.js';

/** The range of the integer types in which images are stored. */
const integerRange: Readonly<Record<string, readonly [number, number]>> = {
  Uint8Array: [0, 255],
  Uint16Array: [0, 65535],
  Int16Array: [-32768, 32767],
};

/**
 * Reads the files of one sample and stacks their channels into one image on the grid of the largest file. The values
 * keep their number type when all files share it (resampled ones are rounded and kept within its range), else they
 * become Float32.
 *
 * @param files paths, in the order of `stack.channels`
 * @param stack how they are put together; sizes in it are those of the window, where there is one
 * @param window the part of every file that is read. Default: all of it
 * @throws LulcError `missing-file`, `corrupt-file` (wrong size, missing channels), `unsupported-file`, `nodata`
 */
export async function readStack(
  files: readonly string[],
  stack: StackOptions,
  window?: PixelWindow,
): Promise<ImageArray> {
  const images = await Promise.all(files.map((file) => readPart(file, stack.resample, window)));
  images.forEach((image, i) => {
    checkShape(image, files[i], stack.fileSizes?.[i], stack.channels[i]);
  });
  const height = stack.size?.[0] ?? Math.max(...images.map(({ shape }) => shape[0]));
  const width = stack.size?.[1] ?? Math.max(...images.map(({ shape }) => shape[1]));
  const selections = images.map((image, i) => stack.channels[i] ?? Array.from({ length: image.shape[2] }, (_, c) => c));
  const bands = selections.reduce((sum, selection) => sum + selection.length, 0);
  if (bands !== stack.bands.length) {
    throw new LulcError('corrupt-file', `holds ${bands} channels instead of ${stack.bands.length}`, {
      where: { file: files[0] },
      hint: `Expected are ${stack.bands.join(', ')}.`,
    });
  }
  const sameType = images.every(({ data }) => data.constructor === images[0].data.constructor);
  const Type = (sameType ? images[0].data.constructor : Float32Array) as new (length: number) => ImageArray['data'];
  const out = new Type(height * width * bands);
  let band = 0;
  images.forEach((image, i) => {
    const source = onGrid(image, height, width, stack, integerRange[Type.name]);
    for (const channel of selections[i]) {
      checkValues(image, channel, stack.nodata, files[i], stack.bands[band]);
      copyChannel(source, channel, image.shape[2], out, band, bands);
      const range = stack.ranges?.[band];
      if (range !== undefined) limitChannel(out, band, bands, range);
      band++;
    }
  });
  if (stack.limit !== undefined) {
    const { share, nodata } = stack.limit;
    const empty = images.flatMap((image, i) => selections[i].map(() => image.nodata ?? nodata));
    checkLimit(out, empty, share, files[0]);
  }
  return { data: out, shape: [height, width, bands] };
}

/** A part of a file, on the grid of the window. */
async function readPart(file: string, method: StackOptions['resample'], window?: PixelWindow): Promise<ImageFile> {
  const grid = window?.grid;
  if (window === undefined || grid === undefined) return readImage(file, window);
  let own = grid;
  const image = await readImage(file, (size) => {
    own = size;
    return windowBeneath(window, grid, own, method);
  });
  if (own[0] === grid[0] && own[1] === grid[1]) return image;
  const values = resampleWindow(image, window, grid, own, method);
  const Type = image.data.constructor as new (values: Float32Array) => ImageArray['data'];
  const data = new Type(withinRange(values, integerRange[Type.name]));
  return { data, shape: [window.height, window.width, image.shape[2]], nodata: image.nodata };
}

/** An image of which hardly anything was observed is not worth a place in a batch. */
function checkLimit(data: ImageArray['data'], empty: readonly number[], share: number, file: string): void {
  const bands = empty.length;
  let without = 0;
  for (let from = 0; from < data.length; from += bands) {
    let band = 0;
    while (band < bands && data[from + band] === empty[band]) band++;
    if (band === bands) without++;
  }
  if (without * bands > share * data.length) {
    throw new LulcError('nodata', `${without} of ${data.length / bands} pixels hold no data`, { where: { file } });
  }
}

function checkShape(
  { shape: [height, width, bands] }: ImageFile,
  file: string,
  size: readonly [number, number] | undefined,
  channels: readonly number[] | undefined,
): void {
  if (size !== undefined && (height !== size[0] || width !== size[1])) {
    throw new LulcError('corrupt-file', `is ${height} x ${width} pixels instead of ${size[0]} x ${size[1]}`, {
      where: { file },
    });
  }
  const missing = channels?.find((channel) => channel >= bands);
  if (missing !== undefined) {
    throw new LulcError('corrupt-file', `has ${bands} channels, so that channel ${missing} is missing`, {
      where: { file },
    });
  }
}

/** Copies one channel; a function of its own so that it is compiled for each pair of number types. */
function copyChannel(
  source: ArrayLike<number>,
  from: number,
  fromStep: number,
  out: ImageArray['data'],
  to: number,
  toStep: number,
): void {
  for (let i = from, k = to; k < out.length; i += fromStep, k += toStep) out[k] = source[i];
}

function limitChannel(
  out: ImageArray['data'],
  band: number,
  step: number,
  [low, high]: readonly [number, number],
): void {
  for (let i = band; i < out.length; i += step) out[i] = Math.min(high, Math.max(low, out[i]));
}

function onGrid(
  image: ImageFile,
  height: number,
  width: number,
  stack: StackOptions,
  range: readonly [number, number] | undefined,
): ArrayLike<number> {
  if (image.shape[0] === height && image.shape[1] === width) return image.data;
  return withinRange(resample(image, [height, width], stack.resample), range);
}

/** Rounds in place and limits to a range of integers, if there is one. */
function withinRange(values: Float32Array, range: readonly [number, number] | undefined): Float32Array {
  if (range === undefined) return values;
  const [low, high] = range;
  for (let i = 0; i < values.length; i++) values[i] = Math.min(high, Math.max(low, Math.round(values[i])));
  return values;
}

/** A band that is nothing but nodata, or a value that is not a number, is not an observation. */
function checkValues(image: ImageFile, channel: number, nodata: number | undefined, file: string, band: string): void {
  const { data } = image;
  const step = image.shape[2];
  const empty = image.nodata ?? nodata;
  let observed = empty === undefined;
  if (data instanceof Float32Array) {
    for (let i = channel; i < data.length; i += step) {
      if (!Number.isFinite(data[i])) {
        throw new LulcError('nodata', 'holds values that are not finite numbers', { where: { file, band } });
      }
    }
  }
  for (let i = channel; !observed && i < data.length; i += step) observed = data[i] !== empty;
  if (!observed) throw new LulcError('nodata', `holds nothing but nodata (${empty})`, { where: { file, band } });
}
