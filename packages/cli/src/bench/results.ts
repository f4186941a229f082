import type { Turns } from './race.js';

/** Images per second of one contestant, and how it compares with a peer that took turns with it. */
export interface Speed {
  /** Milliseconds of the median step. */
  readonly stepMs: number;
  /** Images per second of the median step. */
  readonly imagesPerSecond: number;
  /** Images per second of the slowest step. */
  readonly slowest: number;
  /** Images per second of the fastest step. */
  readonly fastest: number;
  /** Steps that were timed. */
  readonly steps: number;
}

/** The middle value; the mean of the two in the middle when there are two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
}

/**
 * The speed of a contestant.
 *
 * @param turns milliseconds of the steps of each turn
 * @param batch images per step
 */
export function speedOf(turns: Turns, batch: number): Speed {
  const ms = turns.flat();
  const rate = (step: number) => (1000 * batch) / step;
  const stepMs = median(ms);
  return {
    stepMs,
    imagesPerSecond: rate(stepMs),
    slowest: rate(Math.max(...ms)),
    fastest: rate(Math.min(...ms)),
    steps: ms.length,
  };
}

/**
 * How many times as fast as a peer: the median over the rounds of the ratio within a round, so that a round in which the
 * machine was busy weighs no more than any other.
 *
 * @param turns of the contestant
 * @param peer turns of the peer in the same rounds
 */
export function ratioTo(turns: Turns, peer: Turns): number {
  return median(turns.map((turn, round) => median(peer[round]) / median(turn)));
}
