import { backend_util } from '@tensorflow/tfjs-core';
import type { Values } from '../againstCpu.js';
import { type LoopCase, type LoopCases, noise } from './case.js';

/** A convolution over images `[batch, height, width, channels]`. */
interface Convolution {
  readonly x: readonly [number, number, number, number];
  readonly filter: readonly [height: number, width: number, out: number];
  readonly pad: 'same' | 'valid';
  readonly stride?: number;
  readonly dilation?: number;
}

function geometry({ x, filter: [height, width, out], pad, stride = 1, dilation = 1 }: Convolution) {
  const filterShape: [number, number, number, number] = [height, width, x[3], out];
  return { ...backend_util.computeConv2DInfo([...x], filterShape, stride, dilation, pad), filterShape };
}

type Geometry = ReturnType<typeof geometry>;

/** As the native kernels read a convolution. */
const written = (info: Geometry, depthwise = false): number[] => [
  ...[Number(depthwise), 0],
  ...[2, info.strideHeight, info.strideWidth],
  ...[2, info.dilationHeight, info.dilationWidth],
  ...[2, info.padInfo.top, info.padInfo.left],
  ...[2, info.outHeight, info.outWidth],
];

/** Calls `visit` for each pixel of the result and each tap of the filter that sees the image. */
function eachTap(info: Geometry, visit: (image: number, result: number, tap: number) => void): void {
  for (let sample = 0; sample < info.batchSize; sample++)
    for (let y = 0; y < info.outHeight; y++)
      for (let x = 0; x < info.outWidth; x++)
        for (let ky = 0; ky < info.filterHeight; ky++) {
          const row = y * info.strideHeight + ky * info.dilationHeight - info.padInfo.top;
          if (row < 0 || row >= info.inHeight) continue;
          for (let kx = 0; kx < info.filterWidth; kx++) {
            const column = x * info.strideWidth + kx * info.dilationWidth - info.padInfo.left;
            if (column < 0 || column >= info.inWidth) continue;
            visit(
              (sample * info.inHeight + row) * info.inWidth + column,
              (sample * info.outHeight + y) * info.outWidth + x,
              ky * info.filterWidth + kx,
            );
          }
        }
}

const doubles = ({ values }: Values) => Float64Array.from(values);

/** What is added to a convolution. */
interface Extras {
  readonly bias?: boolean;
  readonly residual?: boolean;
  /** What values below 0 are multiplied by at the end. */
  readonly slope?: number;
}

/** No activation, a ReLU, or a leaky one with its slope. */
const activationOf = ({ slope = 1 }: Extras): number[] => (slope === 1 ? [0, 0] : slope === 0 ? [1, 0] : [5, slope]);

function forward(convolution: Convolution, extras: Extras): LoopCase {
  const info = geometry(convolution);
  const [x, filter] = [noise(convolution.x, 1), noise(info.filterShape, 2)];
  const bias = extras.bias ? noise([info.outChannels], 3, 20) : undefined;
  const residual = extras.residual ? noise(info.outShape, 4, 20) : undefined;
  const { inChannels, outChannels } = info;
  const [images, weights] = [doubles(x), doubles(filter)];
  const y = new Float64Array(info.outShape.reduce((a, b) => a * b, 1));
  eachTap(info, (image, result, tap) => {
    for (let i = 0; i < inChannels; i++) {
      const value = images[image * inChannels + i];
      const from = (tap * inChannels + i) * outChannels;
      for (let o = 0; o < outChannels; o++) y[result * outChannels + o] += value * weights[from + o];
    }
  });
  const finished = y.map((value, i) => {
    const all = value + (bias?.values[i % outChannels] ?? 0) + (residual?.values[i] ?? 0);
    return all < 0 ? all * (extras.slope ?? 1) : all;
  });
  return {
    kernel: 'Convolution',
    inputs: [x, filter, bias, residual],
    attributes: [...written(info), ...activationOf(extras)],
    wanted: [{ shape: info.outShape, values: finished }],
    tolerance: 2e-5,
  };
}

function inputGradient(convolution: Convolution): LoopCase {
  const info = geometry(convolution);
  const [dy, filter] = [noise(info.outShape, 5), noise(info.filterShape, 2)];
  const { inChannels, outChannels } = info;
  const [gradient, weights] = [doubles(dy), doubles(filter)];
  const dx = new Float64Array(convolution.x.reduce((a, b) => a * b, 1));
  eachTap(info, (image, result, tap) => {
    for (let i = 0; i < inChannels; i++) {
      const from = (tap * inChannels + i) * outChannels;
      let total = 0;
      for (let o = 0; o < outChannels; o++) total += gradient[result * outChannels + o] * weights[from + o];
      dx[image * inChannels + i] += total;
    }
  });
  return {
    kernel: 'ConvolutionInputGradient',
    inputs: [dy, filter],
    attributes: [...written(info), 4, ...convolution.x],
    wanted: [{ shape: convolution.x, values: dx }],
    tolerance: 2e-5,
  };
}

function filterGradient(convolution: Convolution): LoopCase {
  const info = geometry(convolution);
  const [x, dy] = [noise(convolution.x, 1), noise(info.outShape, 5)];
  const { inChannels, outChannels, filterShape } = info;
  const [images, gradient] = [doubles(x), doubles(dy)];
  const dFilter = new Float64Array(filterShape.reduce((a, b) => a * b, 1));
  eachTap(info, (image, result, tap) => {
    for (let i = 0; i < inChannels; i++) {
      const value = images[image * inChannels + i];
      const to = (tap * inChannels + i) * outChannels;
      for (let o = 0; o < outChannels; o++) dFilter[to + o] += value * gradient[result * outChannels + o];
    }
  });
  return {
    kernel: 'ConvolutionFilterGradient',
    inputs: [x, dy],
    attributes: [...written(info), 4, ...filterShape],
    wanted: [{ shape: filterShape, values: dFilter }],
    tolerance: 1e-5,
  };
}

/** With one filter per channel: `filter[2]` says nothing. */
function depthwiseFilterGradient(convolution: Convolution): LoopCase {
  const info = geometry({ ...convolution, filter: [convolution.filter[0], convolution.filter[1], convolution.x[3]] });
  const [x, dy] = [noise(convolution.x, 1), noise(info.outShape, 5)];
  const filterShape = [info.filterHeight, info.filterWidth, info.inChannels, 1];
  const [images, gradient] = [doubles(x), doubles(dy)];
  const dFilter = new Float64Array(filterShape.reduce((a, b) => a * b, 1));
  eachTap(info, (image, result, tap) => {
    for (let c = 0; c < info.inChannels; c++)
      dFilter[tap * info.inChannels + c] +=
        images[image * info.inChannels + c] * gradient[result * info.inChannels + c];
  });
  return {
    kernel: 'ConvolutionFilterGradient',
    inputs: [x, dy],
    attributes: [...written(info, true), 4, ...filterShape],
    wanted: [{ shape: filterShape, values: dFilter }],
    tolerance: 1e-5,
  };
}

/**
 * Large enough for Winograd's filtering (32 channels, 512 pixels), with tiles that are cut off, and one that is not; with
 * dilations that leave images of tiles.
 */
const winogradConvolutions: readonly Convolution[] = [
  { x: [21, 5, 5, 33], filter: [3, 3, 50], pad: 'same' },
  { x: [3, 13, 15, 64], filter: [3, 3, 33], pad: 'same' },
  { x: [1, 33, 29, 50], filter: [3, 3, 64], pad: 'same' },
  { x: [1, 26, 31, 33], filter: [3, 3, 33], pad: 'valid' },
  { x: [60, 5, 5, 32], filter: [3, 3, 37], pad: 'valid' },
  { x: [2, 16, 16, 48], filter: [3, 3, 32], pad: 'same' },
  { x: [4, 14, 14, 33], filter: [3, 3, 50], pad: 'same', dilation: 2 },
  { x: [2, 19, 17, 40], filter: [3, 3, 33], pad: 'same', dilation: 2 },
  { x: [2, 30, 21, 32], filter: [3, 3, 36], pad: 'valid', dilation: 3 },
];

/** Every pixel by itself, which is a product of matrices: few and many pixels, odd and even channels. */
const pointwise: readonly Convolution[] = [
  { x: [2, 3, 1, 5], filter: [1, 1, 4], pad: 'same' },
  { x: [3, 7, 5, 33], filter: [1, 1, 65], pad: 'valid' },
  { x: [2, 28, 28, 64], filter: [1, 1, 48], pad: 'same' },
  { x: [1, 9, 8, 400], filter: [1, 1, 70], pad: 'same' },
];

/** Filters, strides, dilations and channels of all kinds; more sums than a cache holds. */
const filterGradients: readonly Convolution[] = [
  { x: [2, 9, 11, 33], filter: [3, 3, 50], pad: 'same' },
  { x: [1, 33, 29, 7], filter: [3, 3, 65], pad: 'valid' },
  { x: [3, 8, 7, 1], filter: [5, 3, 1], pad: 'same' },
  { x: [2, 12, 13, 3], filter: [7, 7, 17], pad: 'same', stride: 2 },
  { x: [2, 11, 10, 64], filter: [1, 1, 33], pad: 'same' },
  { x: [2, 11, 10, 13], filter: [1, 1, 64], pad: 'valid', stride: 2 },
  { x: [1, 5, 3, 800], filter: [1, 1, 700], pad: 'same' },
  { x: [1, 17, 19, 5], filter: [3, 3, 9], pad: 'same', dilation: 2 },
  { x: [1, 17, 15, 6], filter: [2, 3, 31], pad: 'valid', dilation: 3 },
  { x: [2, 14, 9, 11], filter: [3, 2, 12], pad: 'valid', stride: 3 },
  { x: [5, 5, 5, 50], filter: [3, 3, 33], pad: 'same', stride: 2 },
  { x: [2, 2, 2, 8], filter: [3, 3, 8], pad: 'same' },
  { x: [1, 1, 1, 4], filter: [3, 3, 4], pad: 'same' },
  { x: [1, 300, 2, 2], filter: [3, 1, 2], pad: 'same' },
];

/** Channels that fill four vectors, some, one, and none; rows that are worked on in blocks. */
const depthwiseFilterGradients: readonly Convolution[] = [
  { x: [2, 9, 11, 113], filter: [5, 5, 1], pad: 'same' },
  { x: [3, 12, 7, 40], filter: [5, 5, 1], pad: 'same', stride: 2 },
  { x: [1, 17, 19, 9], filter: [3, 3, 1], pad: 'same', dilation: 2 },
  { x: [1, 11, 10, 21], filter: [3, 3, 1], pad: 'same' },
  { x: [2, 3, 4, 16], filter: [7, 7, 1], pad: 'same' },
  { x: [2, 13, 12, 5], filter: [5, 2, 1], pad: 'valid', stride: 3 },
  { x: [1, 90, 70, 64], filter: [5, 5, 1], pad: 'same' },
  { x: [1, 1, 1, 3], filter: [5, 5, 1], pad: 'same' },
];

const titleOf = ({ x, filter, pad, stride = 1, dilation = 1 }: Convolution) =>
  `[${x}] by [${filter}], ${pad}, stride ${stride}, dilation ${dilation}`;

/** Convolutions of 3x3 and their input gradients, large enough for Winograd's filtering. */
export const winogradCases: LoopCases = Object.fromEntries(
  winogradConvolutions.flatMap((convolution, i) => [
    [`convolution ${titleOf(convolution)}`, () => forward(convolution, {})],
    [
      `convolution with all that is fused ${titleOf(convolution)}`,
      () => forward(convolution, { bias: true, residual: i % 2 === 0, slope: (i % 3) / 10 }),
    ],
    [`input gradient ${titleOf(convolution)}`, () => inputGradient(convolution)],
  ]),
);

/** Few channels: rows with and without pixels beside whole vectors, several at a time, and wider than what is summed at once. */
const fewChannels: readonly Convolution[] = [
  { x: [2, 9, 37, 4], filter: [3, 3, 8], pad: 'same' },
  { x: [1, 12, 64, 8], filter: [3, 3, 8], pad: 'same' },
  { x: [1, 40, 24, 8], filter: [3, 3, 3], pad: 'same' },
  { x: [2, 7, 50, 16], filter: [3, 3, 8], pad: 'valid' },
  { x: [1, 13, 49, 3], filter: [3, 3, 5], pad: 'same', stride: 2 },
  { x: [2, 12, 64, 8], filter: [3, 3, 17], pad: 'same', stride: 2 },
  { x: [2, 8, 33, 17], filter: [3, 3, 9], pad: 'same' },
  { x: [1, 11, 45, 6], filter: [1, 3, 12], pad: 'valid', stride: 2 },
  { x: [1, 6, 33, 20], filter: [4, 4, 2], pad: 'same' },
  { x: [1, 6, 70, 8], filter: [1, 1, 2], pad: 'same' },
  { x: [1, 6, 40, 4], filter: [1, 1, 8], pad: 'same', stride: 2 },
  { x: [1, 3, 1100, 2], filter: [3, 3, 1], pad: 'same' },
];

/** Convolutions with few channels, their input gradients and those of their filters. */
export const fewChannelCases: LoopCases = Object.fromEntries(
  fewChannels.flatMap((convolution, i) => [
    [`convolution of few channels ${titleOf(convolution)}`, () => forward(convolution, {})],
    [
      `convolution of few channels with bias and ReLU ${titleOf(convolution)}`,
      () => forward(convolution, { bias: true, slope: (i % 3) / 10 }),
    ],
    [`input gradient of few channels ${titleOf(convolution)}`, () => inputGradient(convolution)],
    [`filter gradient of few channels ${titleOf(convolution)}`, () => filterGradient(convolution)],
  ]),
);

/** Convolutions that look at single pixels, and their input gradients. */
export const pointwiseCases: LoopCases = Object.fromEntries(
  pointwise.flatMap((convolution) => [
    [`convolution ${titleOf(convolution)}`, () => forward(convolution, {})],
    [`convolution with a bias ${titleOf(convolution)}`, () => forward(convolution, { bias: true })],
    [`input gradient ${titleOf(convolution)}`, () => inputGradient(convolution)],
  ]),
);

/** Gradients of filters of any size, dense and depthwise. */
export const filterGradientCases: LoopCases = Object.fromEntries([
  ...filterGradients.map((convolution) => [
    `filter gradient ${titleOf(convolution)}`,
    () => filterGradient(convolution),
  ]),
  ...depthwiseFilterGradients.map((convolution) => [
    `depthwise filter gradient ${titleOf(convolution)}`,
    () => depthwiseFilterGradient(convolution),
  ]),
]);
