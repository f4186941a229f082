import { expect, it } from 'vitest';
import * as api from './index.js';
import * as node from './node.js';

it('exports what it promises', () => {
  expect(Object.keys(api).sort()).toMatchInlineSnapshot(`
    [
      "normalizationFor",
      "normalizationNames",
      "overrule",
      "planFor",
    ]
  `);
});

it('exports what it promises for Node', () => {
  expect(Object.keys(node).sort()).toMatchInlineSnapshot(`[]`);
});
