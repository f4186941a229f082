import type { Block } from '../layers/sym.js';
import { cbam } from './cbam.js';
import { type CoordinateAttentionOptions, coordinateAttention } from './coordinate.js';
import { eca } from './eca.js';
import { squeezeExcitation } from './squeezeExcitation.js';

/** The attention modules of the benchmark by name; `'none'` leaves its input alone. */
export type AttentionName = 'none' | 'eca' | 'se' | 'cbam' | 'coord';

const modules: { readonly [name in AttentionName]: (norm: CoordinateAttentionOptions) => Block<4> } = {
  none: () => (x) => x,
  eca: () => eca(),
  se: () => squeezeExcitation(),
  cbam: () => cbam(),
  coord: (norm) => coordinateAttention(norm),
};

/**
 * An attention module by name, with the published defaults.
 *
 * @param name which module
 * @param norm batch-norm settings, for the modules that have one
 */
export function attention(name: AttentionName, norm: CoordinateAttentionOptions = {}): Block<4> {
  return modules[name](norm);
}

/** All names of {@link attention}. */
export const attentionNames = Object.keys(modules) as readonly AttentionName[];
