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
 * Sum of tensors of one shape.
 *
 * @throws LulcError `shape-mismatch` when shapes differ
 */
export function add<R extends Rank>(inputs: readonly [Sym<R>, ...Sym<NoInfer<R>>[]], options: Named = {}): Sym<R> {
  requireEqual(inputs, inputs[0].shape.length, options.name ?? 'add');
  return applyLayer(options.name, 'add', inputs, ({ name }) => layers.add({ name }));
}

/**
 * Concatenation along the channels (last axis).
 *
 * @throws LulcError `shape-mismatch` when anything but the channels differs
 */
export function concatenate<R extends Rank>(
  inputs: readonly [Sym<R>, ...Sym<NoInfer<R>>[]],
  options: Named = {},
): Sym<R> {
  requireEqual(inputs, inputs[0].shape.length - 1, options.name ?? 'concat');
  return applyLayer(options.name, 'concat', inputs, ({ name }) => layers.concatenate({ name, axis: -1 }));
}

/** Concatenation along the height (axis 1) of images that agree in width and channels. */
export function concatenateRows(inputs: readonly Sym<4>[], options: Named = {}): Sym<4> {
  return applyLayer(options.name, 'concatRows', inputs, ({ name }) => layers.concatenate({ name, axis: 1 }));
}

function requireEqual(inputs: readonly Sym[], axes: number, layer: string): void {
  const expected = inputs[0].shape.slice(1, axes).join();
  for (const other of inputs) {
    if (other.shape.slice(1, axes).join() !== expected || other.shape.length !== inputs[0].shape.length) {
      throw new LulcError('shape-mismatch', `cannot join [${inputs[0].shape.slice(1)}] and [${other.shape.slice(1)}]`, {
        where: { layer },
        hint: 'Give the shortcut the same stride and number of filters as the block.',
      });
    }
  }
}
