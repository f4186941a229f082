import type { ImageArray } from '@lulc/core';
import type { MaskArray } from '@lulc/core/segmentation';
import { readSample, type SampleFormat, type SampleSource } from '../../raster/node/readSample.js';
import type { RowDraw } from '../epochRows.js';
import { type Plane, type RawSample, type RowProgram, writeRow } from '../rowProgram.js';

const types = { Uint8Array, Uint16Array, Int16Array, Float32Array } as const;

/** Decoded samples in memory that all threads share: sample `i` has a place when `i` is below the capacity. */
export interface SampleCache {
  /** Number type of the images. */
  readonly type: keyof typeof types;
  /** `[height, width, bands]` of the images. */
  readonly shape: readonly [number, number, number];
  /** One value per place: 1 when its sample is there. */
  readonly filled: Int32Array;
  /** The images, one after the other. */
  readonly pixels: SharedArrayBuffer;
  /** The masks, one after the other, where samples have one. */
  readonly masks: SharedArrayBuffer | undefined;
  /** The soft targets, one after the other, float32, where samples have them. */
  readonly soft: SharedArrayBuffer | undefined;
}

/** All that a thread needs to know to make rows of batches. Plain data and shared memory. */
export interface RowReaderSetup {
  /** How files become a sample, by the number that a source names. */
  readonly formats: readonly SampleFormat[];
  /** What is made of a sample. */
  readonly program: RowProgram;
  /** Where decoded samples are kept. */
  readonly cache: SampleCache | undefined;
}

/**
 * Memory for decoded samples like the one given, as many as fit.
 *
 * @param sample a sample
 * @param length number of samples of the dataset
 * @param bytes most memory that is taken
 */
export function sampleCache({ image, mask, soft }: RawSample, length: number, bytes: number): SampleCache | undefined {
  const maskBytes = mask?.data.byteLength ?? 0;
  const softBytes = soft?.data.byteLength ?? 0;
  const places = Math.min(length, Math.floor(bytes / (image.data.byteLength + maskBytes + softBytes)));
  if (!(places >= 1)) return undefined;
  return {
    type: image.data.constructor.name as keyof typeof types,
    shape: image.shape,
    filled: new Int32Array(new SharedArrayBuffer(places * Int32Array.BYTES_PER_ELEMENT)),
    pixels: new SharedArrayBuffer(places * image.data.byteLength),
    masks: mask === undefined ? undefined : new SharedArrayBuffer(places * maskBytes),
    soft: soft === undefined ? undefined : new SharedArrayBuffer(places * softBytes),
  };
}

/** The place of a sample in the cache, whether it is there or not. */
function placeOf(cache: SampleCache, index: number): Omit<RawSample, 'label'> | undefined {
  if (index >= cache.filled.length) return undefined;
  const [height, width, bands] = cache.shape;
  const pixels = height * width;
  const Type = types[cache.type] as new (
    buffer: SharedArrayBuffer,
    offset: number,
    length: number,
  ) => ImageArray['data'];
  const offset = index * pixels * bands * types[cache.type].BYTES_PER_ELEMENT;
  const image: ImageArray = { data: new Type(cache.pixels, offset, pixels * bands), shape: cache.shape };
  if (cache.masks === undefined) return { image };
  const mask: MaskArray = { data: new Uint8Array(cache.masks, index * pixels, pixels), shape: [height, width] };
  if (cache.soft === undefined) return { image, mask };
  const values = cache.soft.byteLength / Float32Array.BYTES_PER_ELEMENT / cache.filled.length;
  const data = new Float32Array(cache.soft, index * values * Float32Array.BYTES_PER_ELEMENT, values);
  return { image, mask, soft: { data, shape: [height, width, values / pixels] } };
}

/**
 * Reads samples and writes them into batches.
 *
 * @param setup what is read and what is made of it
 * @returns a function that writes one row
 */
export function rowReader(
  setup: RowReaderSetup,
): (epoch: number, draw: RowDraw, source: SampleSource, planes: readonly Plane[]) => Promise<void> {
  const { formats, program, cache } = setup;

  const read = async (index: number, source: SampleSource): Promise<RawSample> => {
    const place = cache === undefined ? undefined : placeOf(cache, index);
    const format = formats[source.format ?? 0];
    if (cache === undefined || place === undefined) return readSample(source, format);
    if (Atomics.load(cache.filled, index) === 1) {
      return source.label === undefined ? place : { ...place, label: source.label };
    }
    const sample = await readSample(source, format);
    const { image, mask, soft } = sample;
    const fits =
      image.data.constructor === place.image.data.constructor &&
      image.shape.every((length, axis) => length === cache.shape[axis]);
    if (fits) {
      place.image.data.set(image.data);
      if (mask !== undefined) place.mask?.data.set(mask.data);
      if (soft !== undefined) place.soft?.data.set(soft.data);
      Atomics.store(cache.filled, index, 1);
    }
    return sample;
  };

  return async (epoch, draw, source, planes) => writeRow(program, await read(draw.index, source), epoch, draw, planes);
}
