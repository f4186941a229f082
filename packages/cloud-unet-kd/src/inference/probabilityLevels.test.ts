import { expect, it } from 'vitest';
import { probabilityCodings, probabilityLevels } from './probabilityLevels.js';

it.each(['float32', 'uint16', 'uint8'] as const)('%s gives probabilities back, and no data as itself', (type) => {
  const probability = Float32Array.from({ length: 101 }, (_, i) => i / 100).map((p) => p ** 2);
  probability[50] = Number.NaN;
  const { scale, nodata } = probabilityCodings[type];
  const levels = probabilityLevels(probability, type);
  levels.forEach((level, i) => {
    if (i === 50) expect(level).toBe(nodata);
    else
      expect(Math.abs(level * scale - probability[i])).toBeLessThanOrEqual(type === 'float32' ? 0 : scale / 2 + 1e-7);
  });
});

it('refuses other types', () => {
  expect(() => probabilityLevels(new Float32Array(1), 'int8' as 'uint8')).toThrow(/Did you mean 'uint8'/);
});
