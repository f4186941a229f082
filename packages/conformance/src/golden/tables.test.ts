import { useEngine } from '@lulc/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { tableRunners } from '../cases/tables.js';
import { goldenFiles, isNetwork } from './files.js';

beforeAll(() => useEngine(process.env.LULC_ENGINE ? 'auto' : 'wasm'));

const files = goldenFiles().filter((file) => !isNetwork(file));

describe.each(files.map((file) => [file.id, file] as const))('%s', (_, file) => {
  const runner = tableRunners.find(({ fields }) => fields.every((field) => field in file));
  if (runner === undefined) {
    it.skip('not covered yet: nothing runs files with these fields', () => {});
    return;
  }
  it('equals every number of the file', async () => {
    let compared = 0;
    const wrong: unknown[] = [];
    for await (const comparison of runner.compare(file)) {
      compared++;
      const { got, expected, tolerance } = comparison;
      if (!(Math.abs(got - expected) <= tolerance)) wrong.push(comparison);
    }
    expect(wrong.slice(0, 10)).toEqual([]);
    expect(compared).toBeGreaterThan(10);
  });
});
