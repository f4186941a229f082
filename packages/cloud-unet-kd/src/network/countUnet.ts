import { type PlainConvUnetOptions, resolvePlainConvUnet } from './options.js';

/** How large a {@link plainConvUnet} is. */
export interface UnetCount {
  /** Numbers that training changes, with the one head that predictions need. */
  readonly parameters: number;
  /** Moving statistics of batch norms. */
  readonly statistics: number;
  /** Further numbers of the heads of deep supervision, which only training needs; nnU-Net's own files have them. */
  readonly deepHeads: number;
  /** Multiply-adds ("MACs") of one prediction: of convolutions and heads, as `countOperations` counts them. */
  readonly multiplyAdds: number;
}

/**
 * Counts what {@link plainConvUnet} would build for the same options, without building it: a convolution has
 * `k²·in·out + out` numbers, a norm `2·out`, a transposed convolution `s²·in·out + out`, a head `in·classes + classes`, all
 * without the last term where there is no bias.
 *
 * @param options as of `plainConvUnet`
 * @throws LulcError as `plainConvUnet` does
 * @example
 * ```ts
 * import { countUnet } from '@lulc/cloud-unet-kd';
 *
 * const { parameters, multiplyAdds } = countUnet({ widths: [8, 16, 32, 64], inputSize: 512 });
 * console.log(parameters, (multiplyAdds / 1e9).toFixed(2)); // 121610 2.37
 * ```
 */
export function countUnet(options: PlainConvUnetOptions = {}): UnetCount {
  const { encoder, upsampling, outputBias, bands, classes, inputSize } = resolvePlainConvUnet(options);
  const { widths, strides, kernels, norm, bias } = encoder;
  const total = { parameters: 0, statistics: 0, deepHeads: 0, multiplyAdds: 0 };
  const add = (weights: number, biases: number, pixels: number) => {
    total.parameters += weights + biases;
    total.multiplyAdds += weights * pixels;
  };
  const unit = (taps: number, from: number, to: number, pixels: number) => {
    add(taps * from * to, bias ? to : 0, pixels);
    total.parameters += 2 * to;
    if (norm === 'batch') total.statistics += 2 * to;
  };
  let [height, width] = inputSize;
  const pixels = widths.map((filters, i) => {
    height /= strides[i][0];
    width /= strides[i][1];
    const taps = product(kernels[i]);
    unit(taps, i === 0 ? bands.length : widths[i - 1], filters, height * width);
    unit(taps, filters, filters, height * width);
    return height * width;
  });
  for (const [i, filters] of widths.slice(0, -1).entries()) {
    const taps = product(kernels[i]);
    const below = widths[i + 1];
    const isTransposed = upsampling === 'transposed';
    if (isTransposed) add(product(strides[i + 1]) * below * filters, outputBias ? filters : 0, pixels[i + 1]);
    unit(taps, filters + (isTransposed ? filters : below), filters, pixels[i]);
    unit(taps, filters, filters, pixels[i]);
    if (i > 0) total.deepHeads += (filters + (outputBias ? 1 : 0)) * classes.length;
  }
  add(widths[0] * classes.length, outputBias ? classes.length : 0, pixels[0]);
  return total;
}

const product = ([a, b]: readonly [number, number]): number => a * b;
