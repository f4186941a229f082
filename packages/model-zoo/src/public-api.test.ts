import { expect, it } from 'vitest';
import * as api from './index.js';

it('exports what it promises', () => {
  expect(Object.keys(api).sort()).toMatchInlineSnapshot(`
    [
      "buildFamily",
      "createFromCard",
      "createModel",
      "families",
      "familyNames",
      "importWeights",
      "listModels",
      "modelInfo",
      "modelNames",
      "readCheckpoint",
      "readKerasH5",
      "recipeOptions",
      "recipes",
    ]
  `);
});
