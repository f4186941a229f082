import { expect, it } from 'vitest';
import { roundHalfToEven } from './roundHalfToEven.js';

it('rounds as Python does', () => {
  // [round(v) for v in (…)] in Python 3.
  const values = [-2.5, -1.5, -1.2, -0.5, 0, 0.49, 0.5, 0.51, 1.5, 2.5, 3.5, 7];
  expect(values.map(roundHalfToEven)).toEqual([-2, -2, -1, 0, 0, 0, 0, 1, 2, 2, 4, 7]);
});
