import { describe, expect, it } from 'vitest';
import { compareSpecs, exclusionTable } from './compare.js';
import type { SpecOutcome } from './run.js';

const passed: SpecOutcome = { status: 'passed', errors: [] };
const failed: SpecOutcome = { status: 'failed', errors: ['expected 1 to be 2'] };
const pending: SpecOutcome = { status: 'pending', errors: [] };

describe('the comparison of two runs', () => {
  const reference = new Map([
    ['a', passed],
    ['b', passed],
    ['c', failed],
    ['d', pending],
    ['e', passed],
    ['f', passed],
  ]);
  const engine = new Map([
    ['a', passed],
    ['b', failed],
    ['c', failed],
    ['d', failed],
    ['e', pending],
  ]);

  it('asks for what the reference passes, and takes a spec that is left out as a failure', () => {
    expect(compareSpecs(reference, engine, [])).toEqual({
      applicable: 3,
      passed: 1,
      failed: ['b: expected 1 to be 2', 'e: left out'],
      untrue: [],
    });
  });

  it('lets excluded specs fail, and only these', () => {
    const { failed: left, untrue } = compareSpecs(reference, engine, [{ reason: 'r', specs: ['b'] }]);
    expect(left).toEqual(['e: left out']);
    expect(untrue).toEqual([]);
  });

  it('finds exclusions that pass, do not apply or do not exist', () => {
    const { untrue } = compareSpecs(reference, engine, [{ reason: 'r', specs: ['a', 'b', 'c', 'x'] }]);
    expect(untrue).toEqual(['a', 'c', 'x']);
  });
});

it('writes a row for each spec', () => {
  expect(exclusionTable([])).toBe('None.\n');
  expect(exclusionTable([{ reason: 'none', specs: ['abs engine {} a|b', 'c'] }])).toBe(
    '| Spec | Why |\n|---|---|\n| `abs a\\|b` | none |\n| `c` | none |\n',
  );
});
