import { type Block, conv2d, pipe, relu, repeat } from '@lulc/core';

/** One stage without its maximum: 3×3 convolutions with bias, each with its ReLU. */
export function vggStage(convolutions: number, width: number): Block<4> {
  return repeat(convolutions, (index) =>
    pipe(
      conv2d({ name: `conv${index + 1}`, filters: width, kernelSize: 3, bias: true, init: 'glorotUniform' }),
      relu({ name: `relu${index + 1}` }),
    ),
  );
}
