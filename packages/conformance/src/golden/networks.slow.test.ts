import { engineLadder } from '@lulc/core';
import { expect, it } from 'vitest';
import { denseSuite } from './denseSuite.js';
import { networkSuite } from './networkSuite.js';

/** Every native engine that this machine has; the others run in the fast suite or are too slow for these networks. */
const native = new Set(
  (await engineLadder())
    .filter(({ name, available }) => available && !['wasm', 'cpu'].includes(name))
    .map(({ name }) => name),
);
denseSuite('wasm', false);
for (const engine of native) {
  networkSuite(engine);
  denseSuite(engine, true);
}
if (native.size === 0) it.skip('no native engine here: see `lulc doctor`', () => {});

it.runIf(process.env.LULC_TEST_TORCH === '1')('has the torch engine', () => expect([...native]).toContain('torch'));
