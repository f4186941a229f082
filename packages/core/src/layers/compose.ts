import { LulcError } from '../errors/lulcError.js';
import { add as addLayer, concatenate } from './merge.js';
import type { Block, Rank, Sym } from './sym.js';

/**
 * Runs blocks one after the other. Ranks are checked by the compiler: the output rank of each block must be the input
 * rank of the next.
 *
 * @example
 * ```ts
 * import { batchNorm, conv2d, dense, globalAveragePool, pipe, relu } from '@lulc/core';
 *
 * const tiny = pipe(conv2d({ filters: 8, kernelSize: 3 }), batchNorm(), relu(), globalAveragePool(), dense({ units: 19 }));
 * ```
 */
export function pipe<A extends Rank>(): Block<A>;
export function pipe<A extends Rank, B extends Rank>(a: Block<A, B>): Block<A, B>;
export function pipe<A extends Rank, B extends Rank, C extends Rank>(a: Block<A, B>, b: Block<B, C>): Block<A, C>;
export function pipe<A extends Rank, B extends Rank, C extends Rank, D extends Rank>(
  a: Block<A, B>,
  b: Block<B, C>,
  c: Block<C, D>,
): Block<A, D>;
export function pipe<A extends Rank, B extends Rank, C extends Rank, D extends Rank, E extends Rank>(
  a: Block<A, B>,
  b: Block<B, C>,
  c: Block<C, D>,
  d: Block<D, E>,
): Block<A, E>;
export function pipe<A extends Rank, B extends Rank, C extends Rank, D extends Rank, E extends Rank, F extends Rank>(
  a: Block<A, B>,
  b: Block<B, C>,
  c: Block<C, D>,
  d: Block<D, E>,
  e: Block<E, F>,
): Block<A, F>;
export function pipe<
  A extends Rank,
  B extends Rank,
  C extends Rank,
  D extends Rank,
  E extends Rank,
  F extends Rank,
  G extends Rank,
>(a: Block<A, B>, b: Block<B, C>, c: Block<C, D>, d: Block<D, E>, e: Block<E, F>, f: Block<F, G>): Block<A, G>;
export function pipe<
  A extends Rank,
  B extends Rank,
  C extends Rank,
  D extends Rank,
  E extends Rank,
  F extends Rank,
  G extends Rank,
  H extends Rank,
>(
  a: Block<A, B>,
  b: Block<B, C>,
  c: Block<C, D>,
  d: Block<D, E>,
  e: Block<E, F>,
  f: Block<F, G>,
  g: Block<G, H>,
): Block<A, H>;
export function pipe<R extends Rank>(...blocks: readonly Block<R>[]): Block<R>;
export function pipe(...blocks: readonly ((x: Sym) => Sym)[]): (x: Sym) => Sym {
  return (x) => blocks.reduce((value, block) => block(value), x);
}

/**
 * `times` blocks in a row, each made anew.
 *
 * @param times how often, a whole number; 0 gives the identity
 * @param make makes the i-th block (i from 0); give its layers distinct paths, e.g. with `scope`
 * @throws LulcError `invalid-argument` when `times` is not a whole number of at least 0
 * @example
 * ```ts
 * import { batchNorm, conv2d, eca, image, pipe, relu, repeat, residual, scope, useEngine } from '@lulc/core';
 *
 * const unit = () => pipe(batchNorm(), relu(), conv2d({ filters: 16, kernelSize: 3 }), eca());
 * const stage = repeat(3, (i) => scope(`block${i + 1}`, residual(unit())));
 *
 * await useEngine('auto');
 * console.log(stage(image({ shape: [32, 32, 16] })).shape); // [null, 32, 32, 16]
 * ```
 */
export function repeat<R extends Rank>(times: number, make: (index: number) => Block<R>): Block<R> {
  if (!(Number.isInteger(times) && times >= 0)) {
    throw new LulcError('invalid-argument', `a block is repeated a whole number of times, got ${times}`);
  }
  return (x) => Array.from({ length: times }, (_, index) => make(index)).reduce((value, block) => block(value), x);
}

/** What a {@link residual} connection adds. */
export interface ResidualOptions<I extends Rank, O extends Rank> {
  /** Brings the input to the shape of the block's output; the input itself is added when absent. */
  readonly shortcut?: Block<I, O>;
  /** Layer path of the addition. Default `'add'`. */
  readonly name?: string;
}

/**
 * `block(x) + shortcut(x)` (He et al. 2016, arXiv:1512.03385).
 *
 * @throws LulcError `shape-mismatch` when the two differ in shape
 */
export function residual<R extends Rank>(block: Block<R>, options?: ResidualOptions<R, R>): Block<R>;
export function residual<I extends Rank, O extends Rank>(
  block: Block<I, O>,
  options: ResidualOptions<I, NoInfer<O>> & { readonly shortcut: Block<I, NoInfer<O>> },
): Block<I, O>;
export function residual(
  block: (x: Sym) => Sym,
  options: { readonly shortcut?: (x: Sym) => Sym; readonly name?: string } = {},
): (x: Sym) => Sym {
  return (x) => {
    const main = block(x);
    return addLayer([main, options.shortcut ? options.shortcut(x) : x], { name: options.name });
  };
}

/**
 * Runs several blocks on the same input and concatenates their outputs along the channels.
 *
 * @throws LulcError `shape-mismatch` when they differ in anything but channels
 */
export function parallel<I extends Rank, O extends Rank>(
  first: Block<I, O>,
  ...others: readonly Block<I, NoInfer<O>>[]
): Block<I, O> {
  return (x) => concatenate<O>([first(x), ...others.map((block) => block(x))]);
}
