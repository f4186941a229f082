import type * as tf from '@tensorflow/tfjs-core';
import { allocate, floats, integers, start, type WasmKernelCall } from './heap.js';

/** Adds the rows of `x` that share a segment id; ids outside `0 … numSegments - 1` are left out, as everywhere in TF.js. */
export function unsortedSegmentSum(
  args: WasmKernelCall<{ x: tf.TensorInfo; segmentIds: tf.TensorInfo }, { numSegments: number }>,
): tf.TensorInfo {
  const { backend, inputs, attrs } = args;
  const { x, segmentIds } = inputs;
  const count = segmentIds.shape[0];
  const rowShape = x.shape.slice(1);
  const row = rowShape.reduce((a, b) => a * b, 1);
  const out = allocate(backend, [attrs.numSegments, ...rowShape], x.dtype as 'float32' | 'int32');
  const memory = x.dtype === 'int32' ? integers(backend) : floats(backend);
  const ids = integers(backend);
  const [from, to, id0] = [start(backend, x), start(backend, out), start(backend, segmentIds)];
  memory.fill(0, to, to + attrs.numSegments * row);
  for (let i = 0; i < count; i++) {
    const segment = ids[id0 + i];
    if (segment < 0 || segment >= attrs.numSegments) continue;
    for (let k = 0; k < row; k++) memory[to + segment * row + k] += memory[from + i * row + k];
  }
  return out;
}
