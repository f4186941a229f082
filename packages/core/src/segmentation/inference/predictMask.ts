import * as tf from '@tensorflow/tfjs-core';
import { ignoreLabel, type MaskArray } from '../../data/segmentation.js';
import { LulcError } from '../../errors/lulcError.js';
import { slidingWindow, type WindowOptions } from './slidingWindow.js';
import type { Strip, TileReader } from './types.js';

/** An image ready for a network: scaled as it was trained. */
export interface ScaledImage {
  /** `height · width · bands` values, row-major, bands interleaved. */
  readonly data: Float32Array;
  /** `[height, width, bands]`. */
  readonly shape: readonly [number, number, number];
}

/** Options of {@link predictMask} and {@link predictProbabilities}. */
export interface PredictMaskOptions extends WindowOptions {
  /** The image, or a tensor `[height, width, bands]` of it; of any size. */
  readonly image: ScaledImage | tf.Tensor3D;
}

/** Probabilities of every pixel of an image. */
export interface ProbabilityMap {
  /** `height · width · classes` values, row-major; those of a pixel add up to 1. */
  readonly data: Float32Array;
  /** `[height, width, classes]`. */
  readonly shape: readonly [number, number, number];
}

/**
 * The most probable class of every pixel of an image of any size, see {@link slidingWindow}.
 *
 * @param options image, network and window
 * @returns class indices; of equal values the first
 * @throws LulcError as {@link slidingWindow} does; `shape-mismatch` for an image whose data do not fit its shape or a network
 *   of more than 255 classes
 * @example
 * ```ts
 * import { conv2d, feature, image, useEngine } from '@lulc/core';
 * import { denseNetwork, predictMask, segmenter } from '@lulc/core/segmentation';
 *
 * await useEngine('auto');
 * const input = image({ shape: [32, 32, 4] });
 * const output = conv2d({ filters: 8, kernelSize: 3, stride: 2 })(input);
 * const network = segmenter(denseNetwork({ name: 'tiny', input, output, features: [feature(output, 2)] }), { classes: 3 });
 * const scene = { data: new Float32Array(70 * 50 * 4), shape: [70, 50, 4] } as const;
 * console.log((await predictMask({ network, image: scene })).shape); // [70, 50]
 * ```
 */
export async function predictMask(options: PredictMaskOptions): Promise<MaskArray> {
  const { shape, data } = await collect(options, Uint8Array, 1, mostProbable);
  return { data, shape: [shape[0], shape[1]] };
}

/**
 * The class probabilities of every pixel of an image of any size: the softmax of the blended values, see
 * {@link slidingWindow}.
 *
 * @param options image, network and window; the network must give logits
 * @throws LulcError as {@link predictMask} does
 */
export async function predictProbabilities(options: PredictMaskOptions): Promise<ProbabilityMap> {
  return collect(options, Float32Array, undefined, softmax);
}

/** Slides over a whole image and gathers what becomes of the strips. */
async function collect<Data extends Uint8Array | Float32Array>(
  { image, ...window }: PredictMaskOptions,
  create: new (length: number) => Data,
  valuesPerPixel: number | undefined,
  finish: (strip: Strip, out: Data) => void,
): Promise<{ data: Data; shape: readonly [number, number, number] }> {
  const [height, width] = image.shape;
  let data = new create(0);
  let channels = 0;
  await slidingWindow({
    ...window,
    size: [height, width],
    read: readerOf(image instanceof tf.Tensor ? await valuesOf(image) : image),
    write: (strip) => {
      if (strip.classes > ignoreLabel) {
        throw new LulcError(
          'shape-mismatch',
          `the network gives ${strip.classes} values per pixel, at most 255 are classes`,
        );
      }
      if (strip.top === 0) {
        channels = valuesPerPixel ?? strip.classes;
        data = new create(height * width * channels);
      }
      const line = width * channels;
      finish(strip, data.subarray(strip.top * line, (strip.top + strip.rows) * line) as Data);
    },
  });
  return { data, shape: [height, width, channels] };
}

const valuesOf = async (image: tf.Tensor3D): Promise<ScaledImage> => ({
  data: await image.data<'float32'>(),
  shape: image.shape,
});

/** A reader of an image that is in memory. */
function readerOf({ data, shape: [height, width, bands] }: ScaledImage): TileReader {
  if (data.length !== height * width * bands) {
    throw new LulcError('shape-mismatch', `${data.length} values for an image of [${height},${width},${bands}]`);
  }
  return ({ top, left, rows, columns }) => {
    const line = columns * bands;
    const pixels = new Float32Array(rows * line);
    for (let y = 0; y < rows; y++) {
      const from = ((top + y) * width + left) * bands;
      pixels.set(data.subarray(from, from + line), y * line);
    }
    return pixels;
  };
}

/**
 * The class of the highest value of each pixel, the first of equal ones.
 *
 * @param strip values of pixels
 * @param out takes one class index per pixel
 */
export function mostProbable({ values, classes }: Pick<Strip, 'values' | 'classes'>, out: Uint8Array): void {
  for (let pixel = 0; pixel < out.length; pixel++) {
    const from = pixel * classes;
    let best = 0;
    for (let c = 1; c < classes; c++) if (values[from + c] > values[from + best]) best = c;
    out[pixel] = best;
  }
}

function softmax({ values, classes }: Strip, out: Float32Array): void {
  for (let from = 0; from < out.length; from += classes) {
    let most = values[from];
    for (let c = 1; c < classes; c++) most = Math.max(most, values[from + c]);
    let sum = 0;
    for (let c = 0; c < classes; c++) {
      out[from + c] = Math.exp(values[from + c] - most);
      sum += out[from + c];
    }
    for (let c = 0; c < classes; c++) out[from + c] /= sum;
  }
}
