import { describe, expect, it } from 'vitest';
import { random } from '../random/random.js';
import { multiLabelMetrics } from './multiLabel.js';
import { metricScalars } from './scalars.js';
import { singleLabelMetrics } from './singleLabel.js';

const oneHot = (hot: number, classes: number): number[] =>
  Array.from({ length: classes }, (_, c) => (c === hot ? 1 : 0));

describe('singleLabelMetrics', () => {
  it("gives the textbook example of Cohen's kappa", () => {
    // Two readers, 50 proposals: 20 both yes, 15 both no, 5 and 10 apart; observed 0.7, by chance 0.5.
    const metrics = singleLabelMetrics({ classes: ['yes', 'no'] });
    for (const [truth, predicted, count] of [
      [0, 0, 20],
      [0, 1, 5],
      [1, 0, 10],
      [1, 1, 15],
    ]) {
      for (let i = 0; i < count; i++) metrics.update(oneHot(predicted, 2), oneHot(truth, 2));
    }
    const report = metrics.report();
    expect(report.confusion).toEqual([
      [20, 5],
      [10, 15],
    ]);
    expect(report.accuracy).toBeCloseTo(0.7, 12);
    expect(report.kappa).toBeCloseTo(0.4, 12);
    expect(report.perClass[0]).toMatchObject({ name: 'yes', support: 25, tp: 20, fp: 10, fn: 5, tn: 15 });
    expect(report.perClass[0].f1).toBeCloseTo(40 / 55, 12);
    expect(metricScalars(report).macroRecall).toBeCloseTo((20 / 25 + 15 / 25) / 2, 12);
  });

  it('agrees with the multi-label metrics of its one-hot decisions', () => {
    const draws = random(11);
    const classes = ['a', 'b', 'c', 'd', 'never'];
    const single = singleLabelMetrics({ classes, zeroSupport: 'exclude' });
    const multi = multiLabelMetrics({ classes, zeroSupport: 'exclude' });
    for (let i = 0; i < 300; i++) {
      const scores = classes.map(() => draws.next());
      const label = oneHot(draws.integer(4), 5);
      single.update(scores, label);
      multi.update(oneHot(scores.indexOf(Math.max(...scores)), 5), label);
    }
    const [a, b] = [single.report(), multi.report()];
    a.perClass.forEach((row, c) => {
      expect(b.perClass[c]).toMatchObject(row);
    });
    expect(b.macro).toMatchObject(a.macro);
    expect(a.accuracy).toBeCloseTo(b.micro.recall, 12);
  });

  it('takes the first of equal scores', () => {
    const metrics = singleLabelMetrics({ classes: ['a', 'b', 'c'] });
    metrics.update([0.2, 0.4, 0.4], [0, 1, 0]);
    expect(metrics.report().accuracy).toBe(1);
  });

  it.each([[[0, 0]], [[1, 1]]])('refuses the label %j and counts nothing of its batch', (label) => {
    const metrics = singleLabelMetrics({ classes: ['a', 'b'] });
    expect(() => metrics.update([0.9, 0.1, 0.5, 0.5], [1, 0, ...label])).toThrow(/exactly one/);
    expect(metrics.report().samples).toBe(0);
  });
});
