import {
  activation,
  type Block,
  channelsOf,
  conv2d,
  globalAveragePool,
  type KernelInit,
  pipe,
  reshape,
  scale,
  scope,
} from '@lulc/core';

/**
 * Squeeze-and-excitation as EfficientNet has it: the hidden layer's width follows from the input of the whole block, not
 * from the widened map, and both layers are 1×1 convolutions with bias (`reduce`, swish; `expand`, sigmoid).
 *
 * @param hidden width of the hidden layer, a whole number above 0
 * @param init how kernels start
 * @returns a block that keeps the shape; its layers are in `attention/`
 */
export function squeezeGate(hidden: number, init: KernelInit): Block<4> {
  return scope('attention', (x) => {
    const channels = channelsOf(x);
    const gate = pipe(
      globalAveragePool(),
      reshape<2, 4>([1, 1, channels], { name: 'pixel' }),
      conv2d({ name: 'reduce', filters: hidden, kernelSize: 1, bias: true, init }),
      activation('swish'),
      conv2d({ name: 'expand', filters: channels, kernelSize: 1, bias: true, init }),
      activation('sigmoid'),
    );
    return scale(x, [gate(x)]);
  });
}
