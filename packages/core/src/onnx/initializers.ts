import { toFloat16 } from '../model/half.js';
import { quantizePerChannel } from '../model/quantize.js';
import type { OnnxTensor } from './schema.js';

/** The bytes of an array as it lies in memory, which is little-endian on every platform of TensorFlow.js. */
function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** Floating-point values. */
export function floatTensor(
  name: string,
  shape: readonly number[],
  data: Float32Array,
  type: 'float32' | 'float16',
): OnnxTensor {
  const array = type === 'float32' ? data : Uint16Array.from(data, toFloat16);
  return { name, type, shape, bytes: bytesOf(array) };
}

/** Whole numbers, for shapes and axes. */
export function integerTensor(name: string, values: readonly number[]): OnnxTensor {
  return { name, type: 'int64', shape: [values.length], bytes: bytesOf(BigInt64Array.from(values, BigInt)) };
}

/** One whole number of 8 bits. */
export function quantumTensor(name: string, type: 'uint8' | 'int8', value: number): OnnxTensor {
  return { name, type, shape: [], bytes: Uint8Array.of(value) };
}

/** Values as whole numbers of 32 bits, one factor for each. */
export function int32Tensor(name: string, data: Float32Array, scales: Float32Array): OnnxTensor {
  const quanta = Int32Array.from(data, (value, i) => Math.round(value / scales[i]));
  return { name, type: 'int32', shape: [quanta.length], bytes: bytesOf(quanta) };
}

/** A kernel in 8 bits: its quanta, and one factor per channel, found from the values where none are given. */
export function int8Tensors(
  names: { readonly quanta: string; readonly scales: string },
  shape: readonly number[],
  data: Float32Array,
  axis: number,
  given?: Float32Array<ArrayBuffer>,
): { readonly quanta: OnnxTensor; readonly scales: OnnxTensor } {
  const { quanta, scales } = quantizePerChannel(data, shape, axis, given);
  return {
    quanta: { name: names.quanta, type: 'int8', shape, bytes: bytesOf(quanta) },
    scales: { name: names.scales, type: 'float32', shape: [scales.length], bytes: bytesOf(scales) },
  };
}
