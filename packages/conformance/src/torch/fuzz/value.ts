/** A tensor to be. Complex ones hold real and imaginary parts in turns. */
export interface Value {
  readonly dtype: 'float32' | 'int32' | 'bool' | 'string' | 'complex64';
  readonly shape: readonly number[];
  readonly values: readonly number[] | readonly string[];
}
