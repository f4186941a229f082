import { expect, it } from 'vitest';
import * as api from './index.js';

it('exports what it promises', () => {
  expect(Object.keys(api).sort()).toMatchInlineSnapshot(`
    [
      "mixerBackbone",
      "mixerBlock",
      "mixerFamily",
      "mixerSizes",
      "mlpMixer",
      "mlpMixerFromBands",
      "perceptron",
      "resizePositionTable",
      "resizeVitWeights",
      "resolveMixer",
      "resolveVit",
      "transformerLayer",
      "visionTransformer",
      "visionTransformerFromBands",
      "vitBackbone",
      "vitFamily",
      "vitSizes",
    ]
  `);
});
