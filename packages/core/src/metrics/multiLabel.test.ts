import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { random } from '../random/random.js';
import { averagePrecision } from './averagePrecision.js';
import { multiLabelMetrics } from './multiLabel.js';
import type { MultiLabelReport } from './report.js';
import { metricScalars } from './scalars.js';

type Values = Readonly<Record<string, number>>;
type Columns = Readonly<Record<string, readonly number[]>>;

interface GoldenSet {
  readonly name: string;
  readonly yTrue: readonly (readonly number[])[];
  readonly yProb: readonly (readonly number[])[];
  readonly threshold: number;
  readonly expected: {
    readonly counts: Columns;
    readonly perClass: Columns;
    readonly micro: Values;
    readonly macro: Values;
    readonly macroPresentClassesOnly: Values;
  };
}

const goldenFolder = process.env.LULC_GOLDEN ?? fileURLToPath(new URL('../../../../golden', import.meta.url));
const golden: {
  readonly sets: readonly GoldenSet[];
  readonly tolerance: { readonly advice: { readonly abs: number } };
} = JSON.parse(readFileSync(join(goldenFolder, 'metrics-multilabel.json'), 'utf8'));
const tolerance = golden.tolerance.advice.abs;

function expectNear(got: object, expected: Values): void {
  const named = got as Values;
  for (const [key, value] of Object.entries(expected)) {
    expect(Math.abs(named[key] - value), `${key}: ${named[key]}, not ${value}`).toBeLessThanOrEqual(tolerance);
  }
}

describe.each(golden.sets)('golden: $name', ({ yTrue, yProb, threshold, expected }) => {
  const classes = yTrue[0].map((_, c) => `class ${c}`);
  const run = (batch: number, zeroSupport: 'as-zero' | 'exclude'): MultiLabelReport => {
    const metrics = multiLabelMetrics({ classes, threshold, zeroSupport });
    for (let i = 0; i < yTrue.length; i += batch) {
      metrics.update(yProb.slice(i, i + batch).flat(), yTrue.slice(i, i + batch).flat());
    }
    return metrics.report();
  };

  it('equals every expected value', () => {
    const report = run(4, 'as-zero');
    expectNear(report.micro, expected.micro);
    expectNear(report.macro, expected.macro);
    expectNear(run(4, 'exclude').macro, expected.macroPresentClassesOnly);
    for (const [key, column] of Object.entries({ ...expected.counts, ...expected.perClass })) {
      column.forEach((value, c) => {
        expectNear(report.perClass[c], { [key]: value });
      });
    }
  });

  it('does not depend on how the set is cut into batches', () => {
    expect(run(1, 'as-zero')).toEqual(run(yTrue.length, 'as-zero'));
  });
});

describe('averagePrecision', () => {
  /** The definition, literally: over distinct thresholds from the highest down. */
  const byDefinition = (scores: Float32Array, labels: Uint8Array): number => {
    const positives = labels.reduce((a, b) => a + b, 0);
    let sum = 0;
    let lastRecall = 0;
    for (const cut of [...new Set(scores)].sort((a, b) => b - a)) {
      const chosen = [...scores.keys()].filter((i) => scores[i] >= cut);
      const found = chosen.filter((i) => labels[i] === 1).length;
      sum += (found / positives - lastRecall) * (found / chosen.length);
      lastRecall = found / positives;
    }
    return sum;
  };

  it('follows the definition for random scores with ties, of both signs and with signed zeros', () => {
    const draws = random(3);
    for (let round = 0; round < 20; round++) {
      const scores = Float32Array.from({ length: 200 }, () => Math.round(draws.normal() * 8) / 8);
      const labels = Uint8Array.from({ length: 200 }, () => draws.integer(2));
      expect(averagePrecision(scores, labels)).toBeCloseTo(byDefinition(scores, labels), 12);
    }
  });
});

describe('multiLabelMetrics', () => {
  it('names its averages for logs', () => {
    const metrics = multiLabelMetrics({ classes: ['a', 'b'] });
    metrics.update([0.9, 0.1], [1, 1]);
    expect(metricScalars(metrics.report())).toMatchObject({ microRecall: 0.5, macroF1: 0.5, microAveragePrecision: 1 });
  });

  it('keeps more decisions than its first buffer holds', () => {
    const metrics = multiLabelMetrics({ classes: ['a', 'b', 'c'] });
    for (let i = 0; i < 5000; i++) metrics.update([0.9, 0.1, i / 5000], [1, 0, i < 2500 ? 0 : 1]);
    expect(metrics.report()).toMatchObject({ samples: 5000, micro: { averagePrecision: 1, f1: 1 } });
  });

  it.each([
    [[0.5], [1, 0], 'shape-mismatch'],
    [[0.5, 0.5, 0.5], [1, 0, 1], 'shape-mismatch'],
    [[0.5, Number.NaN], [1, 0], 'invalid-argument'],
    [[0.5, 0.5], [1, 0.5], 'invalid-argument'],
  ])('refuses scores %j with labels %j', (scores, labels, code) => {
    const metrics = multiLabelMetrics({ classes: ['a', 'b'] });
    expect(() => metrics.update(scores, labels)).toThrow(expect.objectContaining({ code }));
    expect(metrics.report().samples).toBe(0);
  });
});
