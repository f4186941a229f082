import { expect, it } from 'vitest';
import * as api from './index.js';
import * as node from './node.js';

it('exports what it promises', () => {
  expect(Object.keys(api).sort()).toMatchInlineSnapshot(`
    [
      "braatenCohenYang",
      "cacheTeacherMaps",
      "cloudLoss",
      "cloudMetrics",
      "cloudScoreNames",
      "cloudScores",
      "countUnet",
      "crossValidation",
      "curvesOf",
      "distill",
      "distillationDistance",
      "distillationObjective",
      "emptyRules",
      "evaluateBaseline",
      "fingerprint",
      "fingerprintFromJson",
      "fingerprintToJson",
      "fitGlobalThreshold",
      "fitRelativeBrightness",
      "globalThreshold",
      "hypernetSmoothing",
      "hypernetUnet",
      "memoryTeacherMaps",
      "networkOptions",
      "nnUNetRecipe",
      "normalizationFor",
      "normalizationNames",
      "outOfFold",
      "overrule",
      "passesPerStep",
      "plainConvEncoder",
      "plainConvUnet",
      "planFor",
      "planLoading",
      "plansFromJson",
      "plansToJson",
      "predictClouds",
      "probabilityCodings",
      "probabilityLevels",
      "recipeWith",
      "reducePlan",
      "relativeBrightness",
      "resolvePlainConv",
      "scoreNetworks",
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
      "withSoftTargets",
    ]
  `);
});

it('exports what it promises for Node', () => {
  expect(Object.keys(node).sort()).toMatchInlineSnapshot(`
    [
      "fileTeacherMaps",
    ]
  `);
});
