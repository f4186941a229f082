import { expect, it } from 'vitest';
import * as api from './index.js';

it('exports what it promises', () => {
  expect(Object.keys(api).sort()).toMatchInlineSnapshot(`
    [
      "buildDenseNetwork",
      "buildFamily",
      "createFeatures",
      "createFromCard",
      "createModel",
      "createSegmenter",
      "decoderNames",
      "families",
      "familyNames",
      "glcNetNetwork",
      "importWeights",
      "listModels",
      "modelInfo",
      "modelNames",
      "planDenseNetwork",
      "readCheckpoint",
      "readKerasH5",
      "recipeOptions",
      "recipes",
    ]
  `);
});
