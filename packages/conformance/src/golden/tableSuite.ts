import { type EngineName, useEngine } from '@lulc/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { tableRunners } from '../cases/tables.js';
import type { GoldenFile } from './files.js';

/**
 * Declares one test per file that is not a network: every number in it.
 *
 * @param engine name, or `'auto'` for what `LULC_ENGINE` says
 * @param files which files
 */
export function tableSuite(engine: EngineName | 'auto', files: readonly GoldenFile[]): void {
  describe.each(files.map((file) => [file.id, file] as const))(`%s on ${engine}`, (_, file) => {
    beforeAll(() => useEngine(engine));
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
}
