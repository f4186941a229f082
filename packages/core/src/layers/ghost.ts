import { LulcError } from '../errors/lulcError.js';
import { type ActivationName, activation } from './activation.js';
import { pipe } from './compose.js';
import { type Conv2dOptions, conv2d, depthwiseConv2d } from './conv.js';
import { ownScope } from './graph.js';
import { concatenate } from './merge.js';
import { type BatchNormOptions, batchNorm } from './norm.js';
import type { Block } from './sym.js';

/**
 * Which of two halves a ghost convolution joins, where `y` is the primary convolution's output:
 *
 * | form | first half | second half |
 * |---|---|---|
 * | `'as-coded'` | `y` | `ReLU(BN(y))`: the published code, whose cheap branch is dead (quirk Q7) |
 * | `'intended'` | `y` | `ReLU(BN(depthwise 3×3(ReLU(BN(y)))))` |
 * | `'intended-activated'` | `ReLU(BN(y))` | the same: GhostNet's own form (Han et al. 2020, arXiv:1911.11907) |
 */
export type GhostForm = 'as-coded' | 'intended' | 'intended-activated';

/** Options of {@link ghostConv2d}. */
export interface GhostConv2dOptions extends Conv2dOptions {
  /** Name of the module; its layers are `primary`, `bn0`, `cheap` and `bn1` inside it. Default `'ghost'`, numbered. */
  readonly name?: string;
  /** Output channels, even. */
  readonly filters: number;
  /** Default `'intended-activated'`. */
  readonly form?: GhostForm;
  /** What follows its batch norms, `ReLU` in the table of {@link GhostForm}. Default `'relu'`. */
  readonly activation?: ActivationName;
  /** Settings of its batch norms. */
  readonly norm?: Omit<BatchNormOptions, 'name'>;
}

/**
 * A convolution that computes only half of its channels and makes the other half cheaply from them (Han et al. 2020,
 * arXiv:1911.11907), `[B, H, W, C] → [B, H', W', filters]`.
 *
 * @throws LulcError `invalid-argument` when `filters` is odd
 */
export function ghostConv2d(options: GhostConv2dOptions): Block<4> {
  const { name, filters, form = 'intended-activated', activation: after = 'relu', norm, ...conv } = options;
  if (!(Number.isInteger(filters) && filters > 0 && filters % 2 === 0)) {
    throw new LulcError('invalid-argument', `a ghost convolution needs an even number of filters, got ${filters}`, {
      where: { layer: name ?? 'ghost' },
    });
  }
  return ownScope(name, 'ghost', (x) => {
    const primary = conv2d({ ...conv, name: 'primary', filters: filters / 2 })(x);
    const activated = pipe(batchNorm({ ...norm, name: 'bn0' }), activation(after, { name: `${after}0` }))(primary);
    if (form === 'as-coded') return concatenate([primary, activated]);
    const cheap = pipe(
      depthwiseConv2d({ name: 'cheap', kernelSize: 3, init: 'glorotUniform' }),
      batchNorm({ ...norm, name: 'bn1' }),
      activation(after, { name: `${after}1` }),
    )(activated);
    return concatenate([form === 'intended' ? primary : activated, cheap]);
  });
}
