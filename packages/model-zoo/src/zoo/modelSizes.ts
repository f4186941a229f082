/** Whether a network is as intended, or as published with its quirks (docs/decisions/0001-variants.md). */
export type Variant = 'corrected' | 'reference';

/** Both variants. */
export const variants: readonly Variant[] = ['corrected', 'reference'];

/** How large a network is with 10 bands (`K-Branch-3` 12) and 19 classes at its own input size. */
export interface NetworkSize {
  /** Weights that training changes by gradients. */
  readonly trainable: number;
  /** With the moving statistics of batch norms. */
  readonly total: number;
  /** Multiply-adds of one prediction, see `countOperations`. */
  readonly multiplyAdds: number;
}

/** Sizes of a named model. */
export interface ModelSizes extends Readonly<Record<Variant, NetworkSize>> {
  /** Height and width of the input in pixels. */
  readonly inputSize: number;
}
