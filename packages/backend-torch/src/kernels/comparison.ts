import type * as tf from '@tensorflow/tfjs-core';
import { onCpu } from './onCpu.js';
import { type KernelContext, type KernelRow, row, runNative } from './table.js';

/** Comparisons and logic of two inputs that broadcast. */
const binary = ['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual', 'LogicalAnd', 'LogicalOr'];

export const comparisonKernels: readonly KernelRow[] = [
  ...binary.map((kernel) => row({ kernel, inputs: ['a', 'b'] })),
  row({ kernel: 'Select', inputs: ['condition', 't', 'e'] }),
  row<tf.CastAttrs>({ kernel: 'Cast', everyType: true, run: cast }),
];

const castStrings = onCpu('Cast');

function cast(context: KernelContext<tf.CastAttrs>): tf.TensorInfo | tf.TensorInfo[] {
  const { inputs, attributes, backend } = context;
  const { x } = inputs;
  const { dtype } = attributes;
  if (x.dtype === dtype) {
    backend.incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype };
  }
  if (x.dtype === 'string' || dtype === 'string') return castStrings(context);
  const native = (input: tf.TensorInfo, to: tf.DataType) =>
    runNative(backend, 'Cast', [input], (write) => write.dtype(to))[0];
  if (dtype === 'complex64') {
    const real = native(x, 'float32');
    return backend.makeComplex(real, runNative(backend, 'ZerosLike', [real])[0]);
  }
  const real = backend.data(x.dataId).complexTensorInfos?.real;
  return native(real === undefined ? x : { ...real, shape: x.shape }, dtype);
}
