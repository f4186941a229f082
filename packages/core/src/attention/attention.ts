import { unknownName } from '../errors/lulcError.js';
import type { Block } from '../layers/sym.js';
import { cbam } from './cbam.js';
import { type CoordinateAttentionOptions, coordinateAttention } from './coordinate.js';
import { eca } from './eca.js';
import { squeezeExcitation } from './squeezeExcitation.js';

/** The attention modules of the benchmark by name; `'none'` leaves its input alone. */
export type AttentionName = 'none' | 'eca' | 'se' | 'cbam' | 'coord';

/** Options of {@link attention}: the name of the module's scope, and batch-norm settings for the modules that have one. */
export type AttentionOptions = Omit<CoordinateAttentionOptions, 'reduction'>;

const modules: { readonly [name in AttentionName]: (options: AttentionOptions) => Block<4> } = {
  none: () => (x) => x,
  eca,
  se: squeezeExcitation,
  cbam,
  coord: coordinateAttention,
};

/**
 * An attention module by name, with the published defaults: {@link eca}, {@link squeezeExcitation} (`'se'`), {@link cbam},
 * {@link coordinateAttention} (`'coord'`), or none.
 *
 * @param name which module
 * @param options name of its scope, default that of the module; batch-norm settings, for the modules that have one
 * @throws LulcError `unknown-name` for a name that is not one of {@link attentionNames}
 */
export function attention(name: AttentionName, options: AttentionOptions = {}): Block<4> {
  if (!attentionNames.includes(name)) throw unknownName('attention module', name, attentionNames);
  return modules[name](options);
}

/** All names of {@link attention}. */
export const attentionNames = Object.keys(modules) as readonly AttentionName[];
