import { describe, expect, it } from 'vitest';
import { mapLimited, mapUsable } from './folder.js';

describe('running jobs a few at a time', () => {
  it('keeps results in the order of the items', async () => {
    let running = 0;
    let most = 0;
    const later = async (n: number) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 5 - n));
      running--;
      return n * n;
    };
    expect(await mapLimited([1, 2, 3, 4, 5], 2, later)).toEqual([1, 4, 9, 16, 25]);
    expect(most).toBe(2);
  });

  it('fails with the error of the first item that fails, however late it comes, and begins no more', async () => {
    const begun: number[] = [];
    const job = async (n: number) => {
      begun.push(n);
      await new Promise((resolve) => setTimeout(resolve, n === 1 ? 10 : 1));
      if (n === 1 || n === 2) throw new Error(`item ${n}`);
      return n;
    };
    const items = Array.from({ length: 10_000 }, (_, n) => n);
    await expect(mapLimited(items, 3, job)).rejects.toThrow('item 1');
    expect(begun.length).toBeLessThan(items.length);
  });

  it('reports every failure in the order of the items, and goes on with the others', async () => {
    const failed: string[] = [];
    const job = async (n: number) => {
      await new Promise((resolve) => setTimeout(resolve, 8 - n));
      if (n % 3 === 0) throw new Error('bad');
      return n;
    };
    const results = await mapUsable([0, 1, 2, 3, 4, 5, 6], 4, job, (n, error) => {
      failed.push(`${n} ${(error as Error).message}`);
    });
    expect([results, failed]).toEqual([
      [1, 2, 4, 5],
      ['0 bad', '3 bad', '6 bad'],
    ]);
  });
});
