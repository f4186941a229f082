import * as tf from '@tensorflow/tfjs-core';
import { allocate, call, floats, start, type WasmKernelCall } from './heap.js';

type Slice = WasmKernelCall<{ x: tf.TensorInfo }, { begin: number | number[]; size: number | number[] }>;
type Split = WasmKernelCall<{ x: tf.TensorInfo }, { numOrSizeSplits: number | number[]; axis: number }>;

/**
 * Cuts a block out by copies of its longest runs; TF.js' own kernel, which is left the other types, first copies the whole
 * tensor out of the memory.
 */
export function slice(own: tf.KernelFunc): (args: Slice) => tf.TensorInfo {
  return (args) => {
    const { backend, inputs, attrs } = args;
    const { x } = inputs;
    if (x.dtype !== 'float32' && x.dtype !== 'int32') return own(args as never) as tf.TensorInfo;
    const [begin, size] = tf.slice_util.parseSliceParams(x as tf.Tensor, attrs.begin, attrs.size);
    const out = allocate(backend, size, x.dtype);
    copyBlock(floats(backend), start(backend, x), x.shape, begin, start(backend, out), size);
    return out;
  };
}

function copyBlock(
  heap: Float32Array,
  from: number,
  shape: number[],
  begin: number[],
  to: number,
  size: number[],
): void {
  if (size.includes(0)) return;
  // Axes that are taken whole belong to the run of the axis before them.
  let axis = shape.length - 1;
  let run = 1;
  while (axis > 0 && size[axis] === shape[axis]) run *= shape[axis--];
  const strides = tf.util.computeStrides(shape).concat(1);
  const outer = axis < 0 ? [] : size.slice(0, axis);
  const length = axis < 0 ? 1 : size[axis] * run;
  const index = outer.map(() => 0);
  let target = to;
  for (;;) {
    let source = from + (axis < 0 ? 0 : begin[axis] * run);
    for (let d = 0; d < outer.length; d++) source += (begin[d] + index[d]) * strides[d];
    heap.copyWithin(target, source, source + length);
    target += length;
    let d = outer.length - 1;
    while (d >= 0 && ++index[d] === outer[d]) index[d--] = 0;
    if (d < 0) return;
  }
}

/** Cuts a tensor into parts along an axis: TF.js' own kernel copies the whole tensor for each part. */
export function split({ backend, inputs: { x }, attrs }: Split): tf.TensorInfo[] {
  const [axis] = tf.util.parseAxisParam(attrs.axis, x.shape);
  const sizes = tf.backend_util.prepareSplitSize(x as tf.Tensor, attrs.numOrSizeSplits, axis);
  const begin = x.shape.map(() => 0);
  return sizes.map((length) => {
    const size = x.shape.map((whole, d) => (d === axis ? length : whole));
    const part = call(backend, tf.Slice, { x }, { begin: [...begin], size });
    begin[axis] += length;
    return part;
  });
}
