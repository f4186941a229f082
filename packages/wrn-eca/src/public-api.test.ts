import { expect, it } from 'vitest';
import * as api from './index.js';

it('exports what it promises', () => {
  expect(Object.keys(api).sort()).toMatchInlineSnapshot(`
    [
      "expandBlock",
      "identityBlock",
      "resolveWrn",
      "scaleWrn",
      "scaledWRN",
      "scaledWRNFromBands",
      "stage",
      "stem",
      "wrnBackbone",
      "wrnFamily",
      "wrnPresets",
    ]
  `);
});
