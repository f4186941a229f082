import { expect, it } from 'vitest';
import * as api from './index.js';

it('exports what it promises', () => {
  expect(Object.keys(api).sort()).toMatchInlineSnapshot(`
    [
      "addIntervalWeights",
      "alignment",
      "byol",
      "cellMatches",
      "collapseOf",
      "cosineDistance",
      "createMethod",
      "defaultViews",
      "denseCL",
      "denseInfoNce",
      "distantPermutations",
      "drawRegions",
      "embeddingEarth",
      "embeddingHealth",
      "glcNet",
      "glcNetFineTuning",
      "glcNetRecipe",
      "holeLoss",
      "infoNce",
      "inpainting",
      "jigsaw",
      "linearProbe",
      "methodNames",
      "moCoV2",
      "nearestNeighbours",
      "ntXent",
      "pretrain",
      "pretrainingMethods",
      "probeScore",
      "projectionHead",
      "regionMeans",
      "simClr",
      "styleVector",
      "unitRows",
      "vicReg",
      "vicRegL",
    ]
  `);
});
