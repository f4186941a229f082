import type { SymbolicTensor } from '@tensorflow/tfjs-layers';

/** Number of axes: 2 for features `[B, C]`, 3 for tokens `[B, N, C]`, 4 for images `[B, H, W, C]`. */
export type Rank = 2 | 3 | 4;

declare const rankBrand: unique symbol;

/** A symbolic tensor (a place in a model's graph) whose type carries its rank. Batch size is always open. */
export type Sym<R extends Rank = Rank> = SymbolicTensor & {
  /** Exists for the compiler only. */
  readonly [rankBrand]: R;
};

/**
 * A recipe that extends a graph: takes a symbolic tensor of rank `I`, creates layers, and gives one of rank `O`.
 * Applying the same block twice makes two sets of weights. A composition whose ranks do not fit is a compile error.
 */
export type Block<I extends Rank = 4, O extends Rank = I> = (x: Sym<I>) => Sym<O>;

/** The static shape without the batch axis; open axes are `null`. */
export function shapeOf(x: Sym): (number | null)[] {
  return x.shape.slice(1);
}

/** Number of channels: the size of the last axis. */
export function channelsOf(x: Sym): number {
  return x.shape[x.shape.length - 1] as number;
}

/** `[vertical, horizontal]` of an option that may be one number. */
export function pairOf(sides: number | readonly [number, number]): readonly [number, number] {
  return typeof sides === 'number' ? [sides, sides] : sides;
}
