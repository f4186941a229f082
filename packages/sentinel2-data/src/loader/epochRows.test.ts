import { describe, expect, it } from 'vitest';
import { checkSampling, epochRows, type RowOptions } from './epochRows.js';

const focusedOf = (batchSize: number, foregroundShare?: number) =>
  epochRows(50, {
    batchSize,
    sampling: { iterations: 1, ...(foregroundShare === undefined ? {} : { foregroundShare }) },
  })
    .of(0)(0)
    .map(({ focused }) => focused);

describe('samples drawn with replacement', () => {
  // spec section 4: of B, those from round(B * 0.67) on, half to even
  it.each([
    [12, 4],
    [22, 7],
    [2, 1],
    [49, 16],
    [1, 0],
  ])('are about foreground at the end of a batch of %i: %i', (batchSize, count) => {
    const focused = focusedOf(batchSize);
    expect(focused).toEqual(Array.from({ length: batchSize }, (_, i) => i >= batchSize - count));
  });

  it('round halves to the even number as Python does', () => {
    const count = (batchSize: number) => focusedOf(batchSize, 0.5).filter((is) => is).length;
    // round(2.5) = 2, round(3.5) = 4, round(0.5) = 0
    expect([count(5), count(7), count(1)]).toEqual([3, 3, 1]);
    expect(focusedOf(4, 0)).toEqual([false, false, false, false]);
    expect(focusedOf(3, 1)).toEqual([true, true, true]);
  });

  it('come as often as each other, however many there are, and anew in each epoch', () => {
    const rows = epochRows(7, { batchSize: 10, seed: 4, sampling: { iterations: 700 } });
    expect([rows.steps, rows.length]).toEqual([700, 7000]);
    const drawn = (epoch: number) => {
      const of = rows.of(epoch);
      return Array.from({ length: rows.steps }, (_, step) => of(step)).flat();
    };
    const counts = new Array<number>(7).fill(0);
    for (const { index } of drawn(0)) counts[index]++;
    // 1000 each, with a standard deviation of 29
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(120);
    expect(new Set(drawn(0).map(({ draw }) => draw)).size).toBe(7000);
    expect(drawn(1).map(({ index }) => index)).not.toEqual(drawn(0).map(({ index }) => index));
    expect(drawn(0)).toEqual(drawn(0));
  });

  it('are, of several ranks together, those of one process with all their batches', () => {
    const options: RowOptions = { batchSize: 12, seed: 9, sampling: { iterations: 3 } };
    const alone = epochRows(100, options).of(2);
    const ranks = [0, 1, 2].map((rank) =>
      epochRows(100, { ...options, batchSize: 4, shard: { rank, world: 3 } }).of(2),
    );
    for (const step of [0, 1, 2]) {
      const together = ranks.flatMap((of) => of(step)).sort((a, b) => a.draw - b.draw);
      expect(together).toEqual(alone(step));
    }
  });

  it.each([
    { iterations: 0 },
    { iterations: 2.5 },
    { iterations: 1, foregroundShare: 1.1 },
    { iterations: 1, foregroundShare: -0.1 },
    { iterations: 1, background: 0.5 },
  ])('are refused for %j', (sampling) => {
    expect(() => checkSampling(sampling)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
});

it('takes each sample once, with a stream named by its index, when nothing is drawn', () => {
  const rows = epochRows(5, { batchSize: 2 });
  expect([rows.steps, rows.length]).toEqual([3, 5]);
  expect(rows.of(3)(2)).toEqual([{ index: 4, draw: 4, focused: false }]);
  expect(epochRows(5, { batchSize: 2, dropRemainder: true }).steps).toBe(2);
});
