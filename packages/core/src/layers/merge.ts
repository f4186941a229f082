import { layers } from '@tensorflow/tfjs-layers';
import { LulcError } from '../errors/lulcError.js';
import { applyLayer } from './graph.js';
import type { Rank, Sym } from './sym.js';

/** A layer's own name. */
export interface Named {
  /** Name of the layer inside the current scope; found from its kind when absent. */
  readonly name?: string;
}

/**
 * Sum of tensors of one shape; a single one is given back as it is.
 *
 * @throws LulcError `shape-mismatch` when shapes differ
 */
export function add<R extends Rank>(inputs: readonly [Sym<R>, ...Sym<NoInfer<R>>[]], options: Named = {}): Sym<R> {
  return join(inputs, undefined, options.name, 'add', (name) => layers.add({ name }));
}

/**
 * Concatenation along the channels (last axis); a single tensor is given back as it is.
 *
 * @throws LulcError `shape-mismatch` when anything but the channels differs
 */
export function concatenate<R extends Rank>(
  inputs: readonly [Sym<R>, ...Sym<NoInfer<R>>[]],
  options: Named = {},
): Sym<R> {
  const axis = inputs[0].shape.length - 1;
  return join(inputs, axis, options.name, 'concat', (name) => layers.concatenate({ name, axis }));
}

/**
 * Concatenation along the height (axis 1) of images; a single one is given back as it is.
 *
 * @throws LulcError `shape-mismatch` when width or channels differ
 */
export function concatenateRows(inputs: readonly [Sym<4>, ...Sym<4>[]], options: Named = {}): Sym<4> {
  return join(inputs, 1, options.name, 'concatRows', (name) => layers.concatenate({ name, axis: 1 }));
}

/** Applies a merging layer to tensors that must agree in all axes but the batch and, if given, the free one. */
function join<R extends Rank>(
  inputs: readonly [Sym<R>, ...Sym<NoInfer<R>>[]],
  freeAxis: number | undefined,
  local: string | undefined,
  kind: string,
  make: (name: string) => layers.Layer,
): Sym<R> {
  const fixed = ({ shape }: Sym) => shape.map((size, axis) => (axis === 0 || axis === freeAxis ? '*' : size)).join();
  const [first, ...others] = inputs;
  const different = others.find((other) => fixed(other) !== fixed(first));
  if (different !== undefined) {
    throw new LulcError('shape-mismatch', `cannot join [${first.shape.slice(1)}] and [${different.shape.slice(1)}]`, {
      where: { layer: local ?? kind },
      hint: 'Give the shortcut the same stride and number of filters as the block.',
    });
  }
  return others.length === 0 ? first : applyLayer(local, kind, inputs, ({ name }) => make(name));
}
