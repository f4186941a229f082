import { engineLadder } from '@lulc/core';
import { expect, it } from 'vitest';
import { denseSuite } from './denseSuite.js';
import { goldenFiles } from './files.js';
import { networkSuite } from './networkSuite.js';
import { tableSuite } from './tableSuite.js';

/** Every native engine that this machine has; the others run in the fast suite or are too slow for these networks. */
const native = new Set(
  (await engineLadder())
    .filter(({ name, available }) => available && !['wasm', 'cpu'].includes(name))
    .map(({ name }) => name),
);
const unets = goldenFiles().filter((file) => 'deepSupervisionWeights' in file);
denseSuite('wasm', false);
tableSuite('cpu', unets);
for (const engine of native) {
  networkSuite(engine);
  denseSuite(engine, true);
  tableSuite(engine, unets);
}
if (native.size === 0) it.skip('no native engine here: see `lulc doctor`', () => {});

it.runIf(process.env.LULC_TEST_TORCH === '1')('has the torch engine', () => expect([...native]).toContain('torch'));
