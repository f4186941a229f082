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
  current = { key: stepKey(seed, step), draws: 0 };
  try {
    return body();
  } finally {
    current = outer;
  }
}

/** The key of a step's random stream. */
export function stepKey(seed: number, step: number): number {
  return hashSeed(seed, step);
}

/**
 * What one stochastic layer call depends on: the key of the open stream, or a fresh one, and the number of the draw. A
 * recorded step is replayed with another key and the same draws.
 */
export function drawKey(): { readonly stepKey: number; readonly draw: number } {
  return current === undefined
    ? { stepKey: hashSeed(Date.now(), ++fresh), draw: 0 }
    : { stepKey: current.key, draw: ++current.draws };
}

/** A seed for one stochastic layer call: from the open stream, or fresh. Never 0, which TF.js takes as "none". */
export function drawSeed(): number {
  const { stepKey: key, draw } = drawKey();
  return (hashSeed(key, draw) >>> 1) + 1;
}
