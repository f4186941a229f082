import { type Block, pipe, zeroPad } from '@lulc/core';

/** Where a strided convolution puts its zeros: TensorFlow's way, the odd one at the end, or on both sides alike. */
export type StridePadding = 'same' | 'symmetric';

/** A convolution by its padding, behind the layer that adds the zeros where they are to lie on both sides alike. */
export function padded(
  name: string,
  kernelSize: number,
  stride: number,
  padding: StridePadding,
  make: (padding: 'same' | 'valid') => Block<4>,
): Block<4> {
  if (padding === 'same' || stride === 1) return make('same');
  return pipe(zeroPad({ name, size: (kernelSize - 1) / 2 }), make('valid'));
}
