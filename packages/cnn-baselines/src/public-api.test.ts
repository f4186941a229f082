import { expect, it } from 'vitest';
import * as api from './index.js';

it('exports what it promises', () => {
  expect(Object.keys(api).sort()).toMatchInlineSnapshot(`
    [
      "basicBlock",
      "bottleneckBlock",
      "denseBlock",
      "denseNet",
      "denseNetBackbone",
      "denseNetFamily",
      "denseNetFromBands",
      "denseNetShapes",
      "kBranch",
      "kBranchBackbone",
      "kBranchFromBands",
      "resNet",
      "resNetBackbone",
      "resNetFamily",
      "resNetFromBands",
      "resNetShapes",
      "resolveDenseNet",
      "resolveKBranch",
      "resolveResNet",
      "resolveVgg",
      "vgg",
      "vggBackbone",
      "vggFamily",
      "vggFromBands",
      "vggShapes",
      "vggStage",
    ]
  `);
});
