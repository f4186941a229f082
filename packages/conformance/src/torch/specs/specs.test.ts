import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadTorch } from '../available.js';
import { bundleProgram, programFolder } from '../program/bundle.js';
import { compareSpecs, exclusionTable } from './compare.js';
import { exclusions } from './exclusions.js';
import { runSpecs } from './run.js';

const torch = await loadTorch();
const reports = programFolder('specs');
const minutes = 60_000;

/** Fewest specs that apply: TensorFlow.js 4.22 ships 4,232; a few are for browsers or for the cpu backend alone. */
const fewest = 4200;

describe("TensorFlow.js core's own specs", () => {
  it.skipIf('missing' in torch)(
    'pass on the engine as on the cpu backend, but for the documented exclusions',
    async () => {
      mkdirSync(reports, { recursive: true });
      const bundle = `${reports}/specs.cjs`;
      await bundleProgram(new URL('./entry.ts', import.meta.url), bundle);
      const comparison = compareSpecs(
        await runSpecs(bundle, 'cpu', reports),
        await runSpecs(bundle, 'torch', reports),
        exclusions,
      );
      expect(comparison.failed).toEqual([]);
      expect(comparison.untrue).toEqual([]);
      expect(comparison.applicable).toBeGreaterThanOrEqual(fewest);
      expect(comparison.passed / comparison.applicable).toBeGreaterThanOrEqual(0.99);
    },
    5 * minutes,
  );

  it('has its exclusions in the README of the engine (LULC_WRITE_DOCS=1 writes them)', () => {
    const file = fileURLToPath(new URL('../../../../backend-torch/README.md', import.meta.url));
    const text = readFileSync(file, 'utf8');
    const [begin, end] = ['<!-- exclusions: generated -->\n', '<!-- /exclusions -->'];
    const [before, rest] = text.split(begin);
    const [, after] = rest.split(end);
    const expected = `${before}${begin}\n${exclusionTable(exclusions)}\n${end}${after}`;
    if (process.env.LULC_WRITE_DOCS === '1') writeFileSync(file, expected);
    expect(readFileSync(file, 'utf8')).toBe(expected);
  });
});
