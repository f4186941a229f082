import type { WeightArray } from './weightArray.js';

/** A model outside of any engine and any file format. */
export interface ModelParts {
  /** Parsed JSON as `LayersModel.toJSON` gives it; `undefined` where a file has weights only. */
  readonly topology: unknown;
  /** The model's `userDefinedMetadata`, the card among it; not checked yet. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Weights by path. */
  readonly tensors: ReadonlyMap<string, WeightArray>;
}

/** Bytes that may still be read while a model is loaded. */
export interface ByteBudget {
  left: number;
}
