import { expect, it } from 'vitest';
import { colourMask } from './colourMask.js';

it('paints classes, leaves the unknown transparent, and refuses a class without a colour', () => {
  const mask = { data: Uint8Array.of(1, 255, 0), shape: [3, 1] } as const;
  const palette = [
    [1, 2, 3],
    [250, 100, 0],
  ] as const;
  expect([...colourMask(mask, palette)]).toEqual([250, 100, 0, 255, 0, 0, 0, 0, 1, 2, 3, 255]);
  expect(() => colourMask(mask, palette.slice(0, 1))).toThrow(/class 1 has no colour/);
});
