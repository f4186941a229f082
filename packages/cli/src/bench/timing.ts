import type { Subject } from './subjects.js';

/** Steps before measuring: engines set themselves up in the first ones. */
const leastWarmSteps = 3;
const mostWarmSteps = 50;
const warmMs = 1000;

/** Steps whose mean says how long one takes, where they come in bursts. */
const burst = 8;

/**
 * Does steps until an engine has settled.
 *
 * @returns milliseconds of the last one
 */
export async function warmUp(subject: Subject, now: () => number = () => performance.now()): Promise<number> {
  const start = now();
  let last = 0;
  for (let step = 0; step < leastWarmSteps || (step < mostWarmSteps && now() - start < warmMs); step++) {
    [last] = await timedSteps(subject, subject.inBursts ? burst : 1, now);
  }
  return last;
}

/**
 * Does steps one after the other.
 *
 * @returns milliseconds of each, or their mean where they come in bursts
 */
export async function timedSteps(
  subject: Subject,
  steps: number,
  now: () => number = () => performance.now(),
): Promise<number[]> {
  await subject.settle?.();
  const ms: number[] = [];
  for (let step = 0; step < steps; step++) {
    const start = now();
    await subject.step();
    ms.push(now() - start);
  }
  return subject.inBursts ? [ms.reduce((sum, each) => sum + each, 0) / steps] : ms;
}
