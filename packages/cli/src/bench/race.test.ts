import { LulcError } from '@lulc/core';
import { describe, expect, it } from 'vitest';
import type { Contestant } from './contestant.js';
import { race, stepsPerTurn } from './race.js';

function contestant(name: string, stepMs: number, log: string[], failsAt = Number.POSITIVE_INFINITY): Contestant {
  let turn = 0;
  return {
    name,
    mode: 'train',
    ready: { version: '1', device: 'cpu', stepMs },
    run: async (steps) => {
      if (turn++ >= failsAt) throw new LulcError('unavailable', 'out of breath');
      log.push(`${name} ${steps}`);
      return Array.from({ length: steps }, () => stepMs);
    },
    end: () => undefined,
  };
}

describe('race', () => {
  it('lets everybody have a turn in each round, and others begin', async () => {
    const log: string[] = [];
    const [a, b] = [contestant('a', 500, log), contestant('b', 250, log)];
    const { times, failed } = await race([a, b], 3);
    expect(log).toEqual(['a 2', 'b 4', 'b 4', 'a 2', 'a 2', 'b 4']);
    expect(times.get(b)).toEqual([1, 2, 3].map(() => [250, 250, 250, 250]));
    expect(failed.size).toBe(0);
  });

  it('goes on without one that fails', async () => {
    const log: string[] = [];
    const [a, b] = [contestant('a', 500, log, 1), contestant('b', 500, log)];
    const { times, failed } = await race([a, b], 3);
    expect([...times.keys()]).toEqual([b]);
    expect(times.get(b)).toHaveLength(3);
    expect(failed.get(a)).toBe('out of breath');
  });

  it('ends when it is told to', async () => {
    const a = contestant('a', 1, []);
    const stopping: Contestant = { ...a, run: () => Promise.reject(new LulcError('aborted', 'enough')) };
    await expect(race([stopping], 2)).rejects.toMatchObject({ code: 'aborted' });
  });

  it('makes turns of about a second', () => {
    expect([10_000, 1000, 100, 1, 0.001].map(stepsPerTurn)).toEqual([2, 2, 10, 200, 200]);
  });
});
