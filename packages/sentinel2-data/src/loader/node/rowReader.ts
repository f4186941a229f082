import type { ImageArray } from '@lulc/core';
import type { StackOptions } from '../../dataset/fileDataset.js';
import { readStack } from '../../raster/node/readStack.js';
import { type Preparation, prepareImage } from '../../transforms/prepareImage.js';

const types = { Uint8Array, Uint16Array, Int16Array, Float32Array } as const;

/** Decoded samples in memory that all threads share: sample `i` has a place when `i` is below the capacity. */
export interface SampleCache {
  /** Number type of the samples. */
  readonly type: keyof typeof types;
  /** `[height, width, bands]` of the samples. */
  readonly shape: readonly [number, number, number];
  /** One value per place: 1 when its sample is there. */
  readonly filled: Int32Array;
  /** The samples, one after the other. */
  readonly pixels: SharedArrayBuffer;
}

/** All that a thread needs to know to make rows of batches. Plain data and shared memory. */
export interface RowReaderSetup {
  /** How files become an image. */
  readonly stack: StackOptions;
  /** How an image becomes a row. */
  readonly preparation: Preparation;
  /** Where decoded samples are kept. */
  readonly cache: SampleCache | undefined;
}

/**
 * Memory for decoded samples like the one given, as many as fit.
 *
 * @param image a sample
 * @param length number of samples of the dataset
 * @param bytes most memory that is taken
 */
export function sampleCache(image: ImageArray, length: number, bytes: number): SampleCache | undefined {
  const places = Math.min(length, Math.floor(bytes / image.data.byteLength));
  if (!(places >= 1)) return undefined;
  return {
    type: image.data.constructor.name as keyof typeof types,
    shape: image.shape,
    filled: new Int32Array(new SharedArrayBuffer(places * Int32Array.BYTES_PER_ELEMENT)),
    pixels: new SharedArrayBuffer(places * image.data.byteLength),
  };
}

/**
 * Reads samples and writes them into batches.
 *
 * @param setup what is read and how it is prepared
 * @returns a function that writes one row
 */
export function rowReader(
  setup: RowReaderSetup,
): (epoch: number, index: number, files: readonly string[], out: Float32Array) => Promise<void> {
  const { stack, preparation, cache } = setup;

  const place = (index: number): ImageArray['data'] | undefined => {
    if (cache === undefined || index >= cache.filled.length) return undefined;
    const length = cache.shape[0] * cache.shape[1] * cache.shape[2];
    const Type = types[cache.type] as new (
      buffer: SharedArrayBuffer,
      offset: number,
      length: number,
    ) => ImageArray['data'];
    const bytes = types[cache.type].BYTES_PER_ELEMENT;
    return new Type(cache.pixels, index * length * bytes, length);
  };

  const read = async (index: number, files: readonly string[]): Promise<ImageArray> => {
    const kept = place(index);
    if (cache !== undefined && kept !== undefined && Atomics.load(cache.filled, index) === 1) {
      return { data: kept, shape: cache.shape };
    }
    const image = await readStack(files, stack);
    const fits =
      kept !== undefined &&
      image.data.constructor === kept.constructor &&
      image.shape.every((length, axis) => length === cache?.shape[axis]);
    if (fits && cache !== undefined) {
      kept.set(image.data);
      Atomics.store(cache.filled, index, 1);
    }
    return image;
  };

  return async (epoch, index, files, out) => prepareImage(await read(index, files), preparation, epoch, index, out);
}
