import { expect, it } from 'vitest';
import * as api from './index.js';

it('exports what it promises', () => {
  expect(Object.keys(api).sort()).toMatchInlineSnapshot(`
    [
      "benchmarkPresets",
      "coefficientCandidates",
      "compoundScale",
      "efficientNet",
      "efficientNetBackbone",
      "efficientNetFamily",
      "efficientNetFromBands",
      "efficientNetSizes",
      "growingDropPath",
      "mbConv",
      "predictGrowth",
      "resolveEfficientNet",
      "resolveScaledEfficientNet",
      "roundFilters",
      "roundRepeats",
      "roundResolution",
      "scaleEfficientNet",
      "scaleShape",
      "scaledEfficientNet",
      "scaledEfficientNetBackbone",
      "scaledEfficientNetFamily",
      "scaledEfficientNetFromBands",
      "searchCoefficients",
      "squeezeGate",
    ]
  `);
});
