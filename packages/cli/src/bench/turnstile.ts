/** Lets a consumer of an endless sequence through one item at a time. */
export interface Turnstile<T> {
  /** The sequence: always the same item. */
  items(item: T): AsyncGenerator<T>;
  /** Hands an item on; resolves when the consumer asks for another. */
  pass(): Promise<void>;
}

/** Makes a {@link Turnstile}. */
export function turnstile<T>(): Turnstile<T> {
  let open: () => void = () => undefined;
  let gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  let served: () => void = () => undefined;
  return {
    pass: () =>
      new Promise((resolve) => {
        served = resolve;
        open();
      }),
    items: async function* (item) {
      for (;;) {
        await gate;
        gate = new Promise((resolve) => {
          open = resolve;
        });
        yield item;
        served();
      }
    },
  };
}
