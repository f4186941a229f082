import { describe, expect, it } from 'vitest';
import { random } from '../random/random.js';
import { averagePrecision } from './averagePrecision.js';
import { multiLabelMetrics } from './multiLabel.js';
import type { MultiLabelReport } from './report.js';
import { metricScalars } from './scalars.js';

describe('multiLabelMetrics', () => {
  it('does not depend on how the set is cut into batches', () => {
    const draws = random(11);
    const probabilities = Array.from({ length: 30 }, () => Array.from({ length: 4 }, () => draws.next()));
    const labels = probabilities.map((row) => row.map(() => draws.integer(2)));
    const run = (batch: number): MultiLabelReport => {
      const metrics = multiLabelMetrics({ classes: ['a', 'b', 'c', 'd'] });
      for (let i = 0; i < labels.length; i += batch) {
        metrics.update(probabilities.slice(i, i + batch).flat(), labels.slice(i, i + batch).flat());
      }
      return metrics.report();
    };
    expect(run(1)).toEqual(run(30));
    expect(run(7)).toEqual(run(30));
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
