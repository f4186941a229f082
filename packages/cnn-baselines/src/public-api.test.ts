import { expect, it } from 'vitest';
import * as api from './index.js';

it('exports what it promises', () => {
  expect(Object.keys(api).sort()).toMatchInlineSnapshot(`
    [
      "basicBlock",
      "bottleneckBlock",
      "resNet",
      "resNetBackbone",
      "resNetFromBands",
      "resNetShapes",
      "resolveResNet",
    ]
  `);
});
