import { isLulcError } from '@lulc/core';
import type { Contestant } from './contestant.js';

/** A turn takes about this long, whatever the speed: neither all noise nor for ever. */
const turnMs = 1000;
const fewestSteps = 2;
const mostSteps = 200;

/** Milliseconds of the steps of each turn. */
export type Turns = readonly (readonly number[])[];

/** What a race found out. */
export interface RaceResult {
  /** The contestants that came through, with one turn per round. */
  readonly times: ReadonlyMap<Contestant, Turns>;
  /** Those that failed, and why. */
  readonly failed: ReadonlyMap<Contestant, string>;
}

/**
 * Lets contestants take turns, so that whatever else the machine does meets all of them. Who begins changes from round to
 * round.
 *
 * @param contestants warmed up
 * @param rounds turns of each
 * @param onRound told after each round how many are done
 * @throws LulcError `aborted`
 */
export async function race(
  contestants: readonly Contestant[],
  rounds: number,
  onRound: (done: number) => void = () => undefined,
): Promise<RaceResult> {
  const times = new Map<Contestant, number[][]>(contestants.map((contestant) => [contestant, []]));
  const failed = new Map<Contestant, string>();
  for (let round = 0; round < rounds; round++) {
    const running = [...times.keys()];
    const order = running.map((_, i) => running[(i + round) % running.length]);
    for (const contestant of order) {
      try {
        times.get(contestant)?.push([...(await contestant.run(stepsPerTurn(contestant.ready.stepMs)))]);
      } catch (error) {
        if (!isLulcError(error) || error.code === 'aborted') throw error;
        times.delete(contestant);
        failed.set(contestant, error.message);
      }
    }
    onRound(round + 1);
  }
  return { times, failed };
}

/** How many steps make a turn. */
export function stepsPerTurn(stepMs: number): number {
  return Math.min(mostSteps, Math.max(fewestSteps, Math.round(turnMs / stepMs)));
}
