import { describe, expect, it } from 'vitest';
import { hashSeed, random } from './random.js';

describe('random', () => {
  it('depends on the key only', () => {
    const a = random(1, 2, 3);
    a.next();
    expect(random(1, 2, 3).next()).toBe(random(1, 2, 3).next());
    expect(random(1, 2, 3).next()).not.toBe(random(1, 3, 2).next());
    expect(hashSeed(7, 1)).not.toBe(hashSeed(7, 2));
  });
  it('is uniform and normal to within four standard errors', () => {
    const generator = random(5);
    const n = 20_000;
    let sum = 0;
    let normalSum = 0;
    let normalSquares = 0;
    for (let i = 0; i < n; i++) {
      sum += generator.next();
      const z = generator.normal();
      normalSum += z;
      normalSquares += z * z;
    }
    expect(Math.abs(sum / n - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(normalSum / n)).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(normalSquares / n - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
  });
  it('permutes', () => {
    const order = random(9).permutation(100);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect([...order]).not.toEqual(Array.from({ length: 100 }, (_, i) => i));
  });
});
