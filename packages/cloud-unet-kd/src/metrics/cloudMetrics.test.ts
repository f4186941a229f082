import { ignoreLabel } from '@lulc/core/segmentation';
import { describe, expect, it } from 'vitest';
import { withoutBorders } from './boundary.js';
import { cloudMetrics, type JudgedChip } from './cloudMetrics.js';
import { cloudScoreNames, cloudScores } from './scores.js';

/** A small generator that is easily written in Python, too. */
function drawn(length: number, seed: number, bound: number): number[] {
  let state = seed;
  return Array.from({ length }, () => {
    state = Number((BigInt(state) * 1103515245n + 12345n) % 2147483648n);
    return (state >> 16) % bound;
  });
}

const truth = drawn(200, 7, 10).map((value) => Number(value < 4));
const probability = drawn(200, 99, 17).map((value, i) => Math.min(16, value + 5 * truth[i]) / 16);
const row = { id: 'all', shape: [1, 200], truth, probability } as const;

const chip = (id: string, truth: readonly number[], predicted: readonly number[], group?: string): JudgedChip => ({
  id,
  group,
  shape: [1, truth.length],
  truth,
  predicted,
});

describe('curves', () => {
  // scikit-learn 1.x: average_precision_score, roc_auc_score, jaccard_score at every threshold.
  it('are those of scikit-learn', () => {
    const metrics = cloudMetrics({ levels: 16 * 4 });
    metrics.update(row);
    const { curves } = metrics.report();
    expect(curves?.averagePrecision).toBeCloseTo(0.6048632389393119, 12);
    expect(curves?.rocArea).toBeCloseTo(0.7452256944444444, 12);
    expect(curves?.best.jaccard).toBeCloseTo(0.44339622641509435, 12);
  });

  it('begin with everything above the highest level, and end with everything', () => {
    const metrics = cloudMetrics({ levels: 4 });
    metrics.update({ id: 'a', shape: [1, 4], truth: [1, 0, 1, 0], probability: [1, 0.74, 0.25, 0] });
    const points = metrics.report().curves?.points;
    expect(points?.map(({ threshold }) => threshold)).toEqual([0.75, 0.5, 0.25, 0]);
    expect(points?.map(({ recall }) => recall)).toEqual([0.5, 0.5, 1, 1]);
    expect(points?.map(({ precision }) => precision)).toEqual([1, 0.5, 2 / 3, 0.5]);
    expect(points?.map(({ falsePositiveRate }) => falsePositiveRate)).toEqual([0, 0.5, 0.5, 1]);
  });

  it('are left out without probabilities, and without pixels of both classes', () => {
    const metrics = cloudMetrics();
    metrics.update(chip('a', [1, 0], [1, 0]));
    expect(metrics.report().curves).toBeUndefined();
    metrics.update({ id: 'b', shape: [1, 1], truth: [1], probability: [0.3] });
    expect(metrics.report().curves).toBeUndefined();
  });
});

describe('scores', () => {
  // scikit-learn: normalized_mutual_info_score and adjusted_rand_score of the same 200 pixels at 0.5.
  it('of agreement are those of scikit-learn', () => {
    const metrics = cloudMetrics();
    expect(metrics.update(row)).toMatchObject({ tn: 58, fp: 70, fn: 17, tp: 55 });
    const { micro } = metrics.report();
    expect(micro.normalizedMutualInformation).toBeCloseTo(0.03651098602846025, 12);
    expect(micro.adjustedRand).toBeCloseTo(0.007729727344519121, 12);
  });

  it('are 1 for a perfect mask, and null where there is nothing to say', () => {
    const perfect = cloudScores({ tp: 3, fp: 0, fn: 0, tn: 5 });
    expect(cloudScoreNames.map((name) => perfect[name])).toEqual(cloudScoreNames.map(() => expect.closeTo(1, 12)));
    const clear = cloudScores({ tp: 0, fp: 0, fn: 0, tn: 5 });
    expect(clear).toMatchObject({ jaccard: null, dice: null, recall: null, specificity: 1, balancedAccuracy: null });
    expect(Object.values(cloudScores({ tp: 0, fp: 0, fn: 0, tn: 0 }))).toEqual(cloudScoreNames.map(() => null));
  });
});

describe('aggregation', () => {
  const filled = () => {
    const metrics = cloudMetrics({ coverThresholds: [0, 0.5] });
    metrics.update(chip('a', [1, 1, 0, 0], [1, 0, 0, 0], 'x')); // J 1/2, cover 1/2 and 1/4
    metrics.update(chip('b', [0, 0, 0, 0], [0, 0, 0, 0], 'x')); // empty
    metrics.update(chip('c', [1, 1, 1, 0], [1, 1, 1, 1], 'y')); // J 3/4, cover 3/4 and 1
    metrics.update(chip('d', [255, 255], [1, 0], 'z')); // nothing counts
    return metrics;
  };

  it('names what empty masks count', () => {
    const { micro, macroByChip, macroByGroup, chips, ignored } = filled().report();
    expect({ chips, ignored }).toEqual({ chips: 4, ignored: 2 });
    expect(micro.jaccard).toBe(4 / 6);
    expect(macroByChip.skip).toMatchObject({ empty: 'skip', units: 3, emptyUnits: 1, jaccard: 0.625 });
    expect(macroByChip.zero.jaccard).toBeCloseTo((0.5 + 0 + 0.75) / 3, 12);
    expect(macroByChip.one.jaccard).toBeCloseTo((0.5 + 1 + 0.75) / 3, 12);
    expect(macroByChip.smoothed.jaccard).toBeCloseTo((0.5 + 1 + 0.75) / 3, 6);
    expect(macroByGroup.skip).toMatchObject({ units: 2, jaccard: 0.625 });
  });

  it('tells how well cover is predicted, and what a decision by it costs', () => {
    const { cover } = filled().report();
    expect(cover).toMatchObject({ chips: 3, bias: 0, meanTrue: 1.25 / 3, meanPredicted: 1.25 / 3 });
    expect(cover.meanAbsoluteError).toBeCloseTo(0.5 / 3, 12);
    expect(cover.rootMeanSquareError).toBeCloseTo(Math.sqrt((2 * 0.25 ** 2) / 3), 12);
    expect(cover.decisions[1]).toEqual({
      threshold: 0.5,
      clearKept: 2,
      clearDropped: 0,
      cloudyKept: 0,
      cloudyDropped: 1,
      accuracy: 1,
      lost: 0,
      saved: 1 / 3,
    });
    expect(cover.decisions[0]).toMatchObject({ clearKept: 1, cloudyDropped: 2, saved: 2 / 3 });
  });

  it('is the same when parts are merged as JSON', () => {
    const options = { ring: 1, levels: 32 };
    const whole = cloudMetrics(options);
    const parts = [cloudMetrics(options), cloudMetrics(options)];
    for (let i = 0; i < 4; i++) {
      const part = { ...row, id: `${i}`, group: `${i % 2}`, shape: [5, 10] as const };
      const cut = (values: readonly number[]) => values.slice(50 * i, 50 * (i + 1));
      const fed = { ...part, truth: cut(truth), probability: cut(probability) };
      whole.update(fed);
      parts[i >> 1].update(fed);
    }
    parts[0].merge(JSON.parse(JSON.stringify(parts[1].tally())));
    expect(parts[0].report()).toEqual(whole.report());
    expect(() => cloudMetrics({ levels: 8 }).merge(whole.tally())).toThrow(/of 32 levels, not of 8/);
  });

  it('counts what was not predicted apart, and any class that is cloud as cloud', () => {
    const metrics = cloudMetrics({ cloud: [2, 3] });
    metrics.update(chip('a', [0, 1, 2, 3, 2, ignoreLabel], [0, 2, 3, 1, ignoreLabel, 2]));
    metrics.update({ id: 'b', shape: [1, 1], truth: [2], probability: [Number.NaN] });
    expect(metrics.report()).toMatchObject({
      counts: { tp: 1, fp: 1, fn: 1, tn: 1 },
      unpredicted: 2,
      ignored: 1,
      pixels: 4,
    });
  });
});

describe('borders', () => {
  const picture = (text: string): Uint8Array => {
    const pixel = { '#': 1, '.': 0, '?': ignoreLabel, ' ': ignoreLabel } as const;
    return Uint8Array.from(text.replace(/\n/g, ''), (sign) => pixel[sign as keyof typeof pixel]);
  };

  it.each([
    [0, '..###\n..###\n.....', '..###\n..###\n.....'],
    [1, '..###\n..###\n.....', '.  ##\n.    \n.    '],
    [1, '.?###\n.?###\n..???', '.?###\n.? ##\n. ???'],
    [2, '......###', '....    #'],
    [3, '##.', '   '],
  ])('a ring of %i', (ring, mask, expected) => {
    const shape = [mask.split('\n').length, mask.split('\n')[0].length] as const;
    // Pixels that were unknown stay so; blanks are those that a border took.
    expect([...withoutBorders(picture(mask), shape, ring)]).toEqual([...picture(expected)]);
  });

  it('are judged apart', () => {
    const metrics = cloudMetrics({ ring: 1 });
    metrics.update(chip('a', [0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 1, 1]));
    const { micro, inner } = metrics.report();
    expect(micro.jaccard).toBe(0.75);
    expect(inner).toMatchObject({ ring: 1, pixels: 4, micro: { jaccard: 1 } });
  });
});

it.each<[string, () => unknown, string]>([
  ['other lengths', () => cloudMetrics().update(chip('a', [0, 1], [0])), 'shape-mismatch'],
  ['no prediction', () => cloudMetrics().update({ id: 'a', shape: [1, 1], truth: [0] }), 'invalid-argument'],
  [
    'a probability of 1.5',
    () => cloudMetrics().update({ id: 'a', shape: [1, 1], truth: [0], probability: [1.5] }),
    'invalid-argument',
  ],
  ['a ring of −1', () => cloudMetrics({ ring: -1 }), 'invalid-argument'],
  ['a threshold of 2', () => cloudMetrics({ threshold: 2 }), 'invalid-argument'],
])('refuses %s', (_, act, code) => {
  expect(act).toThrow(expect.objectContaining({ code }));
});
