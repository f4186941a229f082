import { sizeOf } from './weightArray.js';

/** Smaller kernels stay as they are: they do not count in the file, and may count in the result. */
const smallestKernel = 256;

/** True for kernels large enough to be stored in fewer bits. */
export function isWorthQuantizing(shape: readonly number[]): boolean {
  return sizeOf(shape) >= smallestKernel;
}

/** Values as 8-bit integers with one factor per channel: `value ≈ quantum · scale[channel]`. */
export interface ChannelQuantized {
  readonly quanta: Int8Array<ArrayBuffer>;
  readonly scales: Float32Array<ArrayBuffer>;
}

/** Index along an axis of each row-major value of a shape. */
function channelIndex(shape: readonly number[], axis: number): (index: number) => number {
  const inner = shape.slice(axis + 1).reduce((size, side) => size * side, 1);
  return (index) => Math.floor(index / inner) % shape[axis];
}

/**
 * The factors by which the largest value of each channel becomes the largest quantum; 1 for a channel of zeros.
 *
 * @param data row-major values of `shape`
 * @param axis axis of the channels
 * @param largest the largest quantum
 */
export function channelScales(
  data: Float32Array,
  shape: readonly number[],
  axis: number,
  largest = 127,
): Float32Array<ArrayBuffer> {
  const channelOf = channelIndex(shape, axis);
  const scales = new Float32Array(shape[axis]);
  for (let i = 0; i < data.length; i++) {
    scales[channelOf(i)] = Math.max(scales[channelOf(i)], Math.abs(data[i]));
  }
  return scales.map((value) => (value === 0 ? 1 : value / largest));
}

/**
 * Rounds to whole multiples of a factor per channel, symmetric around 0, so that 0 stays 0.
 *
 * @param data row-major values of `shape`
 * @param axis axis of the channels
 * @param scales the factors; default by the largest value of each channel
 */
export function quantizePerChannel(
  data: Float32Array,
  shape: readonly number[],
  axis: number,
  scales: Float32Array<ArrayBuffer> = channelScales(data, shape, axis),
): ChannelQuantized {
  const channelOf = channelIndex(shape, axis);
  const quanta = new Int8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    quanta[i] = Math.max(-127, Math.min(127, Math.round(data[i] / scales[channelOf(i)])));
  }
  return { quanta, scales };
}

/** Values as bytes: `value ≈ quantum · scale + min`, as TensorFlow.js reads them. */
export interface AffineQuantized {
  readonly quanta: Uint8Array<ArrayBuffer>;
  readonly scale: number;
  readonly min: number;
}

/** Rounds to 256 steps over the range of the values, which is widened so that 0 is one of the steps. */
export function quantizeAffine(data: Float32Array): AffineQuantized {
  let low = 0;
  let high = 0;
  for (const value of data) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low === high) return { quanta: new Uint8Array(data.length), scale: 1, min: 0 };
  const scale = (high - low) / 255;
  const zero = Math.round(-low / scale);
  const quanta = Uint8Array.from(data, (value) => Math.max(0, Math.min(255, Math.round(value / scale) + zero)));
  return { quanta, scale, min: -zero * scale };
}
