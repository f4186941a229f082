import { expect, it } from 'vitest';
import * as api from './index.js';
import * as installApi from './install.js';

// A change here is a change of the public API: it needs a changeset. `npx vitest run src/public-api -u` updates the lists.

it('exports what it promises', () => {
  expect(Object.keys(api).sort()).toMatchInlineSnapshot(`
    [
      "backendName",
      "findAddon",
      "findLibtorch",
      "installTorch",
      "probeTorch",
      "registerTorchBackend",
    ]
  `);
});

it('exports what it promises without loading anything native', () => {
  expect(Object.keys(installApi).sort()).toMatchInlineSnapshot(`
    [
      "findAddon",
      "findLibtorch",
      "installTorch",
      "prebuildTorch",
      "probeTorch",
    ]
  `);
});
