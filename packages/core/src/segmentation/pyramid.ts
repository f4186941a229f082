import type { Backbone, Feature } from '../backbone/backbone.js';
import { LulcError } from '../errors/lulcError.js';
import { type Sym, shapeOf } from '../layers/sym.js';

/** A backbone's maps as a decoder goes through them. */
export interface Pyramid {
  /** The map to begin with: the backbone's output. */
  readonly deepest: Sym<4>;
  /** Finer maps, finest first: the last one of each resolution. */
  readonly finer: readonly Feature[];
}

/**
 * Arranges a backbone's features for a decoder.
 *
 * @param backbone its features may repeat a stride, as those of a dilated network do
 * @throws LulcError `shape-mismatch` when the size of the image, and with it that of the maps, is open
 */
export function pyramidOf({ features, output, input, name }: Backbone): Pyramid {
  if (shapeOf(input).includes(null)) {
    throw new LulcError('shape-mismatch', 'a decoder needs images of fixed height and width', {
      where: { model: name, got: `[${shapeOf(input)}]` },
      hint: 'Build the backbone for one size; weights fit networks of other sizes too.',
    });
  }
  const isFinerThan = (a: Sym<4>, b: Sym<4>): boolean => sidesOf(a).some((side, axis) => side > sidesOf(b)[axis]);
  const finer = features.filter(({ tensor }, index) => isFinerThan(tensor, features[index + 1]?.tensor ?? output));
  return { deepest: output, finer };
}

/** Height and width of a map of fixed size. */
export function sidesOf(x: Sym<4>): [height: number, width: number] {
  return [x.shape[1] as number, x.shape[2] as number];
}
