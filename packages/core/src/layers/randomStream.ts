import { hashSeed } from '../random/random.js';

/**
 * Where stochastic layers (dropout, drop-path) draw their seeds. The training loop opens a stream per step, so that a
 * resumed run drops the same units as an unbroken one; outside of it every draw is fresh.
 */
let current: { readonly key: number; draws: number } | undefined;
let fresh = 0;

/**
 * Runs `body` (synchronous) with the random stream of one training step.
 *
 * @param seed seed of the run
 * @param step global step number (with accumulation: the number of the micro-batch)
 * @param body forward and backward pass
 */
export function withStepRandom<T>(seed: number, step: number, body: () => T): T {
  const outer = current;
  current = { key: hashSeed(seed, step), draws: 0 };
  try {
    return body();
  } finally {
    current = outer;
  }
}

/** A seed for one stochastic layer call: from the open stream, or fresh. Never 0, which TF.js takes as "none". */
export function drawSeed(): number {
  const seed = current === undefined ? hashSeed(Date.now(), ++fresh) : hashSeed(current.key, ++current.draws);
  return (seed >>> 1) + 1;
}
