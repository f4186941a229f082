import * as tf from '@tensorflow/tfjs-core';
import { type KernelContext, type KernelRow, row, runNative } from './table.js';

export const creationKernels: readonly KernelRow[] = [
  row({ kernel: 'OnesLike', inputs: ['x'] }),
  row({ kernel: 'ZerosLike', inputs: ['x'] }),
  row({ kernel: 'Diag', inputs: ['x'] }),
  row({ kernel: 'BroadcastArgs', inputs: ['s0', 's1'] }),
  row<tf.OneHotAttrs>({
    kernel: 'OneHot',
    inputs: ['indices'],
    attributes: (write, { dtype, depth, onValue, offValue }) => {
      write.dtype(dtype);
      write.number(depth);
      write.number(onValue);
      write.number(offValue);
    },
  }),
  row<tf.FillAttrs>({ kernel: 'Fill', run: fill }),
  row<tf.RangeAttrs>({ kernel: 'Range', run: range }),
  row<tf.LinSpaceAttrs>({
    kernel: 'LinSpace',
    run: ({ attributes: { start, stop, num }, backend }) =>
      runNative(backend, 'Range', [], (write) => {
        write.dtype('float32');
        write.number(start);
        write.number((stop - start) / (num - 1));
        write.number(num);
      })[0],
  }),
];

function fill({ attributes, backend }: KernelContext<tf.FillAttrs>): tf.TensorInfo {
  const { shape, value } = attributes;
  const dtype = attributes.dtype || tf.util.inferDtype(value);
  if (typeof value === 'string') {
    const bytes = tf.util.encodeString(value);
    return backend.makeTensorInfo(shape, dtype, new Array(tf.util.sizeFromShape(shape)).fill(bytes));
  }
  return runNative(backend, 'Fill', [], (write) => {
    write.dtype(dtype);
    write.number(value);
    write.integers(shape);
  })[0];
}

function range({ attributes, backend }: KernelContext<tf.RangeAttrs>): tf.TensorInfo {
  const { start, stop, step, dtype } = attributes;
  // A step of 1 is the default, and counts down where it must.
  const wrongWay = (start < stop && step < 0) || (stop < start && step > 1);
  return runNative(backend, 'Range', [], (write) => {
    write.dtype(dtype);
    write.number(start);
    write.number(stop < start && step === 1 ? -1 : step);
    write.number(start === stop || wrongWay ? 0 : Math.abs(Math.ceil((stop - start) / step)));
  })[0];
}
