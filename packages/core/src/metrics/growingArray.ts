/** The typed arrays that are kept while streaming. */
type Kept = Float32Array | Uint8Array;

/** A typed array that grows by doubling. */
export interface GrowingArray<T extends Kept> {
  /** Appends values. */
  push(values: ArrayLike<number>): void;
  /** The values so far; a view that is valid until the next `push`. */
  view(): T;
}

/** An empty growing array of one typed kind. */
export function growingArray<T extends Kept>(Kind: { new (length: number): T }): GrowingArray<T> {
  let store = new Kind(1024);
  let length = 0;
  return {
    push: (values) => {
      if (length + values.length > store.length) {
        const larger = new Kind(Math.max(2 * store.length, length + values.length));
        larger.set(store.subarray(0, length));
        store = larger;
      }
      store.set(values, length);
      length += values.length;
    },
    view: () => store.subarray(0, length) as T,
  };
}
