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

/**
 * Rounds to 255 steps per channel, symmetric around 0, so that 0 stays 0.
 *
 * @param data row-major values of `shape`
 * @param axis axis of the channels
 */
export function quantizePerChannel(data: Float32Array, shape: readonly number[], axis: number): ChannelQuantized {
  const channels = shape[axis];
  const inner = shape.slice(axis + 1).reduce((size, side) => size * side, 1);
  const channelOf = (index: number) => Math.floor(index / inner) % channels;
  const scales = new Float32Array(channels);
  for (let i = 0; i < data.length; i++) {
    scales[channelOf(i)] = Math.max(scales[channelOf(i)], Math.abs(data[i]));
  }
  for (const [channel, largest] of scales.entries()) scales[channel] = largest === 0 ? 1 : largest / 127;
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
