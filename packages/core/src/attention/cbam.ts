import { activation, relu } from '../layers/activation.js';
import { pipe } from '../layers/compose.js';
import { conv2d, dense } from '../layers/conv.js';
import { ownScope, shared } from '../layers/graph.js';
import { add, concatenate } from '../layers/merge.js';
import { globalAveragePool, globalMaxPool } from '../layers/pool.js';
import { maxOver, meanOver } from '../layers/reduce.js';
import { scale } from '../layers/scale.js';
import { type Block, channelsOf } from '../layers/sym.js';
import { type SqueezeOptions, squeezedWidth } from './squeezeExcitation.js';

/**
 * Convolutional block attention (Woo et al. 2018, arXiv:1807.06521): a channel gate from mean and maximum through one
 * shared two-layer perceptron (`mlp0`, ReLU, `mlp1`), then a pixel gate from the channels' mean and maximum through a
 * 7×7 convolution (`spatial`, no bias). Any image size; shape unchanged.
 *
 * @param options ratio of the perceptron, and the name of the module's scope, default `'cbam'`, numbered
 * @throws LulcError `invalid-argument` when applied with a ratio that is not above 0
 */
export function cbam(options: SqueezeOptions = {}): Block<4> {
  return ownScope(options.name, 'cbam', (x) => {
    const channels = channelsOf(x);
    const perceptron = shared(
      pipe(
        dense({ name: 'mlp0', units: squeezedWidth(channels, options.ratio ?? 16), init: 'heNormal' }),
        relu<2>(),
        dense({ name: 'mlp1', units: channels, init: 'heNormal' }),
      ),
    );
    const votes = add([perceptron(globalAveragePool()(x)), perceptron(globalMaxPool()(x))]);
    const refined = scale(x, [activation<2>('sigmoid', { name: 'channel_gate' })(votes)], { name: 'channel_scale' });
    const descriptor = concatenate([meanOver('channels')(refined), maxOver('channels')(refined)]);
    const pixelGate = pipe(
      conv2d({ name: 'spatial', filters: 1, kernelSize: 7 }),
      activation('sigmoid', { name: 'spatial_gate' }),
    );
    return scale(refined, [pixelGate(descriptor)], { name: 'spatial_scale' });
  });
}
