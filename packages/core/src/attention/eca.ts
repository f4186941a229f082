import { layers } from '@tensorflow/tfjs-layers';
import { applyLayer, ownScope } from '../layers/graph.js';
import { kernelInitializer } from '../layers/kernelInit.js';
import type { Named } from '../layers/merge.js';
import { globalAveragePool } from '../layers/pool.js';
import { reshape } from '../layers/reshape.js';
import { scale } from '../layers/scale.js';
import { type Block, channelsOf } from '../layers/sym.js';

/**
 * ECA's adaptive kernel size: `t = ⌊|(log₂ C + 1) / 2|⌋`, made odd upwards.
 *
 * @param channels C, at least 1
 * @returns 1 for C = 1 … 7, 3 for 8 … 127, 5 for 128 … 2047, 7 for 2048 … 32767
 * @example
 * ```ts
 * import { ecaKernelSize } from '@lulc/core';
 *
 * console.log([4, 64, 128, 2048].map(ecaKernelSize)); // [1, 3, 5, 7]
 * ```
 */
export function ecaKernelSize(channels: number): number {
  const t = Math.floor(Math.abs((Math.log2(channels) + 1) / 2));
  return t % 2 === 1 ? t : t + 1;
}

/**
 * Efficient channel attention (Wang et al. 2020, arXiv:1910.03151): each channel's mean is mixed with its neighbours by
 * one small 1-D convolution, and its sigmoid scales the channel. Adds only `k + 1` parameters
 * (`conv1d/kernel` `[k, 1, 1]`, `conv1d/bias` `[1]`), with `k` from {@link ecaKernelSize}. Any image size, open ones too;
 * shape unchanged.
 *
 * @param options name of the module's scope, default `'eca'`, numbered
 */
export function eca(options: Named = {}): Block<4> {
  return ownScope(options.name, 'eca', (x) => {
    const channels = channelsOf(x);
    const kernelSize = ecaKernelSize(channels);
    const sequence = reshape<2, 3>([channels, 1], { name: 'sequence' })(globalAveragePool()(x));
    const mixed = applyLayer<3>('conv1d', 'conv1d', [sequence], (identity) =>
      layers.conv1d({
        name: identity.name,
        filters: 1,
        kernelSize,
        padding: 'same',
        activation: 'sigmoid',
        kernelInitializer: kernelInitializer('glorotUniform', kernelSize, identity),
      }),
    );
    return scale(x, [reshape<3, 2>([channels], { name: 'gate' })(mixed)]);
  });
}
