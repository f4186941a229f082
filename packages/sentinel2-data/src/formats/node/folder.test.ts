import { describe, expect, it } from 'vitest';
import { mapLimited } from './folder.js';

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
      if (n === 1) await new Promise((resolve) => setTimeout(resolve, 10));
      if (n === 1 || n === 2) throw new Error(`item ${n}`);
      return n;
    };
    await expect(mapLimited([0, 1, 2, 3, 4, 5, 6, 7], 3, job)).rejects.toThrow('item 1');
    expect(begun).not.toContain(7);
  });
});
