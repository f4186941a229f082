import { expect, it } from 'vitest';
import * as api from './index.js';
import * as node from './node.js';

it('exports what it promises', () => {
  expect(Object.keys(api).sort()).toMatchInlineSnapshot(`
    [
      "cloudLoss",
      "cloudMetrics",
      "cloudScoreNames",
      "cloudScores",
      "countUnet",
      "crossValidation",
      "curvesOf",
      "distillationDistance",
      "distillationObjective",
      "emptyRules",
      "fingerprint",
      "fingerprintFromJson",
      "fingerprintToJson",
      "hypernetSmoothing",
      "networkOptions",
      "nnUNetRecipe",
      "normalizationFor",
      "normalizationNames",
      "outOfFold",
      "overrule",
      "plainConvEncoder",
      "plainConvUnet",
      "planFor",
      "planLoading",
      "plansFromJson",
      "plansToJson",
      "predictClouds",
      "recipeWith",
      "reducePlan",
      "resolvePlainConv",
      "solveStudent",
      "splitIndices",
      "splitOfFold",
      "splitsFromJson",
      "splitsToJson",
      "studentOptions",
      "studentUnet",
      "studentWidths",
      "trainUnet",
      "trainingMultiplyAdds",
      "unetForPlan",
    ]
  `);
});

it('exports what it promises for Node', () => {
  expect(Object.keys(node).sort()).toMatchInlineSnapshot(`[]`);
});
