/**
 * Counter-based random numbers: a value depends only on its key, never on how many were drawn before. That is what lets
 * a run that was killed resume exactly, and lets workers draw in any order with one result.
 */

function mix32(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * A 32-bit hash of a list of integers (order matters), to derive independent seeds: `hashSeed(seed, epoch, index)`.
 *
 * @param parts integers; only their low 32 bits count
 * @returns an unsigned 32-bit integer
 */
export function hashSeed(...parts: readonly number[]): number {
  let h = 0x9e3779b9;
  for (const part of parts) h = mix32(Math.imul(h, 0x85ebca77) ^ mix32((part | 0) + 0x165667b1));
  return h >>> 0;
}

/** A small seeded generator of random numbers. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, bound). */
  integer(bound: number): number;
  /** Standard normal (Box-Muller). */
  normal(): number;
  /** A permutation of 0 … length−1 (Fisher-Yates). */
  permutation(length: number): Uint32Array;
}

/**
 * A generator that always gives the same sequence for the same key.
 *
 * @param key integers that name the stream, e.g. `(seed, epoch, sampleIndex)`
 * @example
 * ```ts
 * import { random } from '@lulc/core';
 *
 * const flip = random(42, 0, 17).next() < 0.5; // the same in every run, on every worker
 * ```
 */
export function random(...key: readonly number[]): Random {
  let state = hashSeed(...key);
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    return mix32(state) / 4294967296;
  };
  const integer = (bound: number): number => Math.floor(next() * bound);
  return {
    next,
    integer,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    permutation: (length) => {
      const order = Uint32Array.from({ length }, (_, i) => i);
      for (let i = length - 1; i > 0; i--) {
        const j = integer(i + 1);
        const swap = order[i];
        order[i] = order[j];
        order[j] = swap;
      }
      return order;
    },
  };
}
