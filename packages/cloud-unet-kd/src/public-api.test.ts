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
      "normalizationFor",
      "normalizationNames",
      "overrule",
      "plainConvEncoder",
      "plainConvUnet",
      "planFor",
      "predictClouds",
      "resolvePlainConv",
      "solveStudent",
      "splitOfFold",
      "splitsFromJson",
      "splitsToJson",
      "studentOptions",
      "studentUnet",
      "studentWidths",
      "unetForPlan",
    ]
  `);
});

it('exports what it promises for Node', () => {
  expect(Object.keys(node).sort()).toMatchInlineSnapshot(`[]`);
});
