import { LulcError } from '@lulc/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { TorchBackend } from '../backend/torchBackend.js';
import { type KernelRow, row, runNative } from './table.js';

/** Complex numbers: a pair of float tensors. */
export const complexKernels: readonly KernelRow[] = [
  row({
    kernel: 'Complex',
    everyType: true,
    run: ({ inputs: { real, imag }, backend }) => {
      const [ownReal, ownImag] = runNative(backend, 'AsFloat', [real, imag]);
      return backend.makeComplex(ownReal, ownImag);
    },
  }),
  row({
    kernel: 'Real',
    everyType: true,
    run: ({ inputs: { input }, backend }) => runNative(backend, 'AsFloat', [halves(input, backend)[0]])[0],
  }),
  row({
    kernel: 'Imag',
    everyType: true,
    run: ({ inputs: { input }, backend }) => runNative(backend, 'AsFloat', [halves(input, backend)[1]])[0],
  }),
  row({
    kernel: 'ComplexAbs',
    everyType: true,
    run: ({ inputs: { x }, backend }) => runNative(backend, 'ComplexAbs', halves(x, backend))[0],
  }),
  ...['FFT', 'IFFT'].map((kernel) =>
    row({
      kernel,
      everyType: true,
      run: ({ inputs: { input }, backend }) => {
        const [real, imag] = runNative(backend, kernel, halves(input, backend));
        return backend.makeComplex(real, imag);
      },
    }),
  ),
];

/** Real and imaginary half in the shape in which TF.js sees the pair. */
function halves({ dataId, shape, dtype }: TensorInfo, backend: TorchBackend): [TensorInfo, TensorInfo] {
  const pair = backend.data(dataId).complexTensorInfos;
  if (pair === undefined)
    throw new LulcError('invalid-argument', `a complex tensor is needed, not ${dtype}`, { hint: 'Use tf.complex.' });
  return [
    { ...pair.real, shape },
    { ...pair.imag, shape },
  ];
}
