import { activation } from '../layers/activation.js';
import { pipe } from '../layers/compose.js';
import { dense } from '../layers/conv.js';
import { globalAveragePool } from '../layers/pool.js';
import { scale } from '../layers/scale.js';
import { type Block, channelsOf } from '../layers/sym.js';

/** Width of a bottleneck of `channels / ratio` features, at least 1. */
export function squeezedWidth(channels: number, ratio: number): number {
  return Math.max(1, Math.floor(channels / ratio));
}

/**
 * Squeeze-and-excitation (Hu et al. 2018, arXiv:1709.01507): mean → dense `C / ratio`, swish → dense `C`, sigmoid → scale.
 *
 * @param options `ratio`: how much narrower the bottleneck is, default 16
 */
export function squeezeExcitation(options: { readonly ratio?: number } = {}): Block<4> {
  return (x) => {
    const channels = channelsOf(x);
    const gate = pipe(
      globalAveragePool(),
      dense({ name: 'reduce', units: squeezedWidth(channels, options.ratio ?? 16), init: 'heNormal' }),
      activation<2>('swish'),
      dense({ name: 'expand', units: channels, init: 'heNormal' }),
      activation<2>('sigmoid'),
    );
    return scale(x, [gate(x)]);
  };
}
