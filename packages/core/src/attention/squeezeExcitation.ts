import { LulcError } from '../errors/lulcError.js';
import { activation } from '../layers/activation.js';
import { pipe } from '../layers/compose.js';
import { dense } from '../layers/conv.js';
import { ownScope } from '../layers/graph.js';
import type { Named } from '../layers/merge.js';
import { globalAveragePool } from '../layers/pool.js';
import { scale } from '../layers/scale.js';
import { type Block, channelsOf } from '../layers/sym.js';

/** Options of the attention modules with a narrow hidden layer. */
export interface SqueezeOptions extends Named {
  /** How much narrower the hidden layer is than its input, above 0; it keeps at least one feature. Default 16. */
  readonly ratio?: number;
}

/**
 * Width of a bottleneck of `channels / ratio` features.
 *
 * @throws LulcError `invalid-argument` for a ratio that is not above 0
 */
export function squeezedWidth(channels: number, ratio: number, atLeast = 1): number {
  if (!(ratio > 0)) {
    throw new LulcError('invalid-argument', `a bottleneck is narrower by a factor above 0, got ${ratio}`);
  }
  return Math.max(atLeast, Math.floor(channels / ratio));
}

/**
 * Squeeze-and-excitation (Hu et al. 2018, arXiv:1709.01507): mean → dense `reduce` `C / ratio`, swish → dense `expand` `C`,
 * sigmoid → scale. Swish, as the published benchmark has it; the paper's own form has ReLU. Any image size; shape unchanged.
 *
 * @param options ratio, and the name of the module's scope, default `'se'`, numbered
 * @throws LulcError `invalid-argument` when applied with a ratio that is not above 0
 */
export function squeezeExcitation(options: SqueezeOptions = {}): Block<4> {
  return ownScope(options.name, 'se', (x) => {
    const channels = channelsOf(x);
    const gate = pipe(
      globalAveragePool(),
      dense({ name: 'reduce', units: squeezedWidth(channels, options.ratio ?? 16), init: 'heNormal' }),
      activation<2>('swish'),
      dense({ name: 'expand', units: channels, init: 'heNormal' }),
      activation<2>('sigmoid'),
    );
    return scale(x, [gate(x)]);
  });
}
