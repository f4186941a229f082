import { LulcError } from '../errors/lulcError.js';
import { activation } from '../layers/activation.js';
import { pipe } from '../layers/compose.js';
import { conv2d } from '../layers/conv.js';
import { ownScope } from '../layers/graph.js';
import { concatenateRows, type Named } from '../layers/merge.js';
import { batchNorm } from '../layers/norm.js';
import { meanOver } from '../layers/reduce.js';
import { cropRows, swapSpatial } from '../layers/reshape.js';
import { scale } from '../layers/scale.js';
import { type Block, channelsOf } from '../layers/sym.js';
import { squeezedWidth } from './squeezeExcitation.js';

/** Options of {@link coordinateAttention}. */
export interface CoordinateAttentionOptions extends Named {
  /** How much narrower the shared bottleneck is, above 0; its width is `max(8, ⌊C / reduction⌋)`. Default 32. */
  readonly reduction?: number;
  /** Momentum of its batch norm, Keras sense. Default 0.9; the published benchmark has 0.1. */
  readonly momentum?: number;
  /** Added to the variance of its batch norm. Default 1e-5. */
  readonly epsilon?: number;
  /** See `batchNorm`. Default `'ones'`. */
  readonly gammaInit?: 'ones' | 'uniform';
}

/**
 * Coordinate attention (Hou et al. 2021, arXiv:2103.02907): rows and columns are described by their means, pass one
 * bottleneck (`conv`, `bn`, h-swish) together, and come back as a gate per row (`conv_h`) and a gate per column (`conv_w`).
 * Shape unchanged; height and width may differ.
 *
 * @param options bottleneck, batch norm, and the name of the module's scope, default `'coord'`, numbered
 * @throws LulcError `invalid-argument` when applied to an open height or width, or with a reduction that is not above 0
 */
export function coordinateAttention(options: CoordinateAttentionOptions = {}): Block<4> {
  return ownScope(options.name, 'coord', (x) => {
    const [, height, width] = x.shape;
    if (height === null || width === null) {
      throw new LulcError('invalid-argument', 'coordinate attention needs a fixed input size', {
        hint: 'Give the model an inputSize.',
      });
    }
    const channels = channelsOf(x);
    const bottleneck = pipe(
      conv2d({
        name: 'conv',
        filters: squeezedWidth(channels, options.reduction ?? 32, 8),
        kernelSize: 1,
        bias: true,
        init: 'glorotUniform',
      }),
      batchNorm({
        name: 'bn',
        momentum: options.momentum,
        epsilon: options.epsilon,
        gammaInit: options.gammaInit,
      }),
      activation('hardSwish'),
    );
    const gate = (name: string) =>
      pipe(
        conv2d({ name, filters: channels, kernelSize: 1, bias: true, init: 'glorotUniform' }),
        activation('sigmoid'),
      );
    const rows = meanOver('width')(x);
    const columns = pipe(meanOver('height'), swapSpatial())(x);
    const both = bottleneck(concatenateRows([rows, columns]));
    const rowGate = gate('conv_h')(cropRows(both, 0, height));
    const columnGate = pipe(gate('conv_w'), swapSpatial())(cropRows(both, height, width));
    return scale(x, [rowGate, columnGate]);
  });
}
