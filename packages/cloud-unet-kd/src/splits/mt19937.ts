const [size, middle] = [624, 397];

/**
 * The Mersenne Twister as NumPy's legacy `RandomState(seed)` uses it (Matsumoto and Nishimura 1998), for what has to agree
 * with Python: nnU-Net's folds. Everything else draws from core's `random`.
 *
 * @param seed unsigned 32-bit integer
 */
export function numpyRandomState(seed: number): {
  /** 32 random bits. */
  readonly bits: () => number;
  /** `permutation(length)`: 0 … length−1, shuffled. */
  readonly permutation: (length: number) => number[];
} {
  const state = new Uint32Array(size);
  state[0] = seed;
  for (let i = 1; i < size; i++) {
    state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
  }
  let at = size;

  const bits = (): number => {
    if (at === size) {
      twist(state);
      at = 0;
    }
    let y = state[at++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };

  /** Uniform in 0 … most: as many low bits as that needs, drawn until they fit. */
  const upTo = (most: number): number => {
    const mask = 0xffffffff >>> Math.clz32(most);
    for (;;) {
      const value = (bits() & mask) >>> 0;
      if (value <= most) return value;
    }
  };

  return {
    bits,
    permutation: (length) => {
      const order = Array.from({ length }, (_, i) => i);
      for (let i = length - 1; i > 0; i--) {
        const j = upTo(i);
        [order[i], order[j]] = [order[j], order[i]];
      }
      return order;
    },
  };
}

function twist(state: Uint32Array): void {
  for (let i = 0; i < size; i++) {
    const y = (state[i] & 0x80000000) | (state[(i + 1) % size] & 0x7fffffff);
    state[i] = state[(i + middle) % size] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
  }
}
