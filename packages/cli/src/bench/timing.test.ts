import { describe, expect, it } from 'vitest';
import type { Subject } from './subjects.js';
import { timedSteps, warmUp } from './timing.js';

/** A clock that a step moves, and how often steps and settling were asked for. */
function clocked(stepMs: readonly number[], settleMs = 0, inBursts = false) {
  let time = 0;
  const done = { steps: 0, settled: 0 };
  const subject: Subject = {
    step: async () => {
      time += stepMs[Math.min(done.steps++, stepMs.length - 1)];
    },
    settle: async () => {
      done.settled++;
      time += settleMs;
    },
    inBursts,
    dispose: async () => undefined,
  };
  return { subject, done, now: () => time };
}

describe('timing', () => {
  it('times every step, not the settling', async () => {
    const { subject, now } = clocked([3, 5, 4], 1000);
    expect(await timedSteps(subject, 3, now)).toEqual([3, 5, 4]);
  });

  it('gives the mean of steps that come in bursts', async () => {
    const { subject, now } = clocked([0, 0, 12], 7, true);
    expect(await timedSteps(subject, 3, now)).toEqual([4]);
  });

  it.each([
    [5000, 3],
    [300, 4],
    [1, 50],
  ])('warms up a step of %d ms by %d steps', async (ms, steps) => {
    const { subject, done, now } = clocked([ms]);
    expect(await warmUp(subject, now)).toBe(ms);
    expect(done.steps).toBe(steps);
  });
});
