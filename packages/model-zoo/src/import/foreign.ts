import type { WeightArray } from '@lulc/core';

/** The weights of a file that another tool wrote. */
export interface ForeignWeights {
  /** Arrays by the tool's own names. */
  readonly tensors: ReadonlyMap<string, WeightArray>;
  /** Names of the variables behind the names of a checkpoint, where it has them. */
  readonly variableNames?: ReadonlyMap<string, string>;
}

/** Number of values of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, side) => size * side, 1);
}
