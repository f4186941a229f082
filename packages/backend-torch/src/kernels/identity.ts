import * as tf from '@tensorflow/tfjs-core';
import { type KernelRow, row } from './table.js';

/** Kernels that give the same numbers under another description: no native call at all. */
export const identityKernels: readonly KernelRow[] = [
  row({
    kernel: 'Identity',
    everyType: true,
    run: ({ inputs: { x }, backend }) => {
      backend.incRef(x.dataId);
      return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
    },
  }),
  row<tf.ReshapeAttrs>({
    kernel: 'Reshape',
    everyType: true,
    run: ({ inputs: { x }, attributes: { shape }, backend }) => {
      const size = tf.util.sizeFromShape(x.shape);
      const inferred = tf.util.inferFromImplicitShape(shape, size);
      tf.util.assert(
        size === tf.util.sizeFromShape(inferred),
        () => `The new shape [${inferred}] has another number of elements than the old shape [${x.shape}].`,
      );
      backend.incRef(x.dataId);
      return { dataId: x.dataId, shape: inferred, dtype: x.dtype };
    },
  }),
  row<tf.ExpandDimsAttrs>({
    kernel: 'ExpandDims',
    everyType: true,
    run: ({ inputs: { input }, attributes: { dim }, backend }) => {
      tf.util.assert(
        -(input.shape.length + 1) <= dim && dim <= input.shape.length,
        () => `axis ${dim} is out of range`,
      );
      const shape = input.shape.slice();
      shape.splice(dim < 0 ? input.shape.length + 1 + dim : dim, 0, 1);
      backend.incRef(input.dataId);
      return { dataId: input.dataId, shape, dtype: input.dtype };
    },
  }),
];
