import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { ignoreLabel } from '../../data/segmentation.js';
import { useEngine } from '../../index.js';
import { drawNumbers, largestDifference, numericalGradient } from '../../testing/numericalGradient.js';
import { pixelCrossEntropy, pixelFocal } from './crossEntropy.js';
import { softDice } from './dice.js';
import { regionDiceBce } from './regions.js';
import { type SegmentationLossSpec, segmentationLoss } from './spec.js';

const shape = [2, 2, 3, 4] as const;
const [, , , classes] = shape;
const logits = drawNumbers(2 * 2 * 3 * 4, 5).map((value) => 3 * value);
const masks = [0, 1, 2, 3, ignoreLabel, 1, 2, 2, ignoreLabel, 0, 3, 3];
const perImage = masks.length / 2;
const classWeights = [0.5, 2, 0, 1.25];

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
const softmax = (z: readonly number[]): number[] => {
  const powers = z.map((value) => Math.exp(value));
  return powers.map((power) => power / sum(powers));
};
const pixelsOf = (z: readonly number[]) =>
  masks.map((truth, i) => ({ truth, p: softmax(z.slice(i * classes, (i + 1) * classes)) }));
const known = (z: readonly number[]) => pixelsOf(z).filter(({ truth }) => truth !== ignoreLabel);

/** The textbook formulas, in doubles, on the pixels that count. */
const textbook: { readonly [Name in SegmentationLossSpec['name']]: (z: readonly number[], spec: never) => number } = {
  'cross-entropy': (z, spec: Extract<SegmentationLossSpec, { name: 'cross-entropy' }>) => {
    const { classWeights: w, labelSmoothing: s = 0 } = spec;
    return mean(
      known(z).map(({ truth, p }) =>
        sum(p.map((pc, c) => -(w?.[c] ?? 1) * ((c === truth ? 1 - s : 0) + s / classes) * Math.log(pc))),
      ),
    );
  },
  focal: (z, { classWeights: w, gamma = 2 }: Extract<SegmentationLossSpec, { name: 'focal' }>) =>
    mean(known(z).map(({ truth, p }) => -(w?.[truth] ?? 1) * (1 - p[truth]) ** gamma * Math.log(p[truth]))),
  dice: (z, spec: Extract<SegmentationLossSpec, { name: 'dice' }>) => {
    const { batch = true, ignoreBackground = false, smooth = 1e-5 } = spec;
    const all = pixelsOf(z);
    const groups = batch ? [all] : [all.slice(0, perImage), all.slice(perImage)];
    return mean(
      groups.flatMap((group) => {
        const counted = group.filter(({ truth }) => truth !== ignoreLabel);
        const dice = Array.from({ length: classes }, (_, c) => {
          const both = sum(counted.map(({ truth, p }) => (truth === c ? p[c] : 0)));
          const either = sum(counted.map(({ truth, p }) => Number(truth === c) + p[c]));
          return -(2 * both + smooth) / (either + smooth);
        });
        return dice.slice(ignoreBackground ? 1 : 0);
      }),
    );
  },
  'dice-ce': (z, spec: Extract<SegmentationLossSpec, { name: 'dice-ce' }>) =>
    (spec.diceWeight ?? 1) * textbook.dice(z, spec as never) +
    (spec.crossEntropyWeight ?? 1) * textbook['cross-entropy'](z, spec as never),
  sum: (z, { terms }: Extract<SegmentationLossSpec, { name: 'sum' }>) =>
    sum(
      terms.map(({ loss, weight = 1 }) => {
        const spec = typeof loss === 'string' ? { name: loss } : loss;
        return weight * textbook[spec.name](z, spec as never);
      }),
    ),
};

const cases: readonly SegmentationLossSpec[] = [
  { name: 'cross-entropy' },
  { name: 'cross-entropy', classWeights },
  { name: 'cross-entropy', labelSmoothing: 0.1 },
  { name: 'cross-entropy', labelSmoothing: 0.2, classWeights },
  { name: 'focal' },
  { name: 'focal', gamma: 0 },
  { name: 'focal', gamma: 0.5, classWeights },
  { name: 'dice' },
  { name: 'dice', batch: false, smooth: 0.5 },
  { name: 'dice', ignoreBackground: true },
  { name: 'dice-ce' },
  { name: 'dice-ce', diceWeight: 0.25, crossEntropyWeight: 2, ignoreBackground: true, classWeights },
  { name: 'sum', terms: [{ loss: 'focal', weight: 3 }, { loss: { name: 'dice', batch: false } }] },
];

const maskTensor = (values: readonly number[]): tf.Tensor3D => tf.tensor3d([...values], [2, 2, 3], 'int32');
const logitTensor = (values: readonly number[]): tf.Tensor4D => tf.tensor4d([...values], [...shape]);

/** A loss and its gradient. */
function valueAndGradient(
  loss: (z: tf.Tensor4D) => tf.Scalar,
  z: readonly number[],
): { readonly value: number; readonly gradient: Float32Array } {
  return tf.tidy(() => {
    const { value, grad } = tf.valueAndGrad((x) => loss(x as tf.Tensor4D))(logitTensor(z));
    return { value: value.dataSync()[0], gradient: grad.dataSync<'float32'>() };
  });
}

describe.each(['cpu', 'wasm'] as const)('on %s', (engine) => {
  beforeAll(() => useEngine(engine));

  describe.each(cases)('%o', (spec) => {
    const loss = segmentationLoss(spec);
    const exact = (z: readonly number[]): number => textbook[spec.name](z, spec as never);

    it('equals the textbook formula on the pixels that count, with its gradient', () => {
      const before = tf.memory().numTensors;
      const { value, gradient } = valueAndGradient((z) => tf.mul(loss(z, maskTensor(masks)), 3), logits);
      expect(value).toBeCloseTo(3 * exact(logits), 5);
      const [slope] = numericalGradient((z) => 3 * exact(z), [logits]);
      expect(largestDifference(gradient, slope)).toBeLessThan(3e-6);
      expect(tf.memory().numTensors).toBe(before);
    });

    it('is 0 with gradient 0 when every pixel is ignored', () => {
      const nothing = maskTensor(masks.map(() => ignoreLabel));
      const { value, gradient } = valueAndGradient((z) => loss(z, nothing), logits);
      expect(value).toBeCloseTo(0, 12);
      expect(gradient.every((slope) => slope === 0)).toBe(true);
    });

    it('stays finite for huge logits, right or wrong', () => {
      const { value, gradient } = valueAndGradient(
        (z) => loss(z, maskTensor(masks)),
        logits.map((_, i) => (i % 5 === 0 ? 300 : -300)),
      );
      expect(Number.isFinite(value)).toBe(true);
      expect(gradient.every(Number.isFinite)).toBe(true);
    });
  });

  describe('regionDiceBce', () => {
    const targets = drawNumbers(logits.length, 8).map((value) => Number(value > 0));
    const valid = masks.map((truth) => Number(truth !== ignoreLabel));
    const exact = (z: readonly number[], counts: readonly number[]): number => {
      const rows = z.map((value, i) => ({
        p: 1 / (1 + Math.exp(-value)),
        y: targets[i],
        region: i % classes,
        counts: counts[Math.floor(i / classes)] === 1,
      }));
      const seen = rows.filter((row) => row.counts);
      const dice = Array.from({ length: classes }, (_, c) => {
        const region = seen.filter((row) => row.region === c);
        return (2 * sum(region.map(({ p, y }) => p * y)) + 1e-5) / (sum(region.map(({ p, y }) => p + y)) + 1e-5);
      });
      return mean(seen.map(({ p, y }) => -Math.log(y === 1 ? p : 1 - p))) - mean(dice);
    };

    it.each([
      ['all pixels', undefined],
      ['pixels that count', valid],
    ] as const)('equals the textbook formula on %s, with its gradient', (_, counts) => {
      const { value, gradient } = valueAndGradient(
        (z) => regionDiceBce(z, logitTensor(targets), { valid: counts && maskTensor(counts) }),
        logits,
      );
      const all = valid.map(() => 1);
      expect(value).toBeCloseTo(exact(logits, counts ?? all), 5);
      const [slope] = numericalGradient((z) => exact(z, counts ?? all), [logits]);
      expect(largestDifference(gradient, slope)).toBeLessThan(3e-6);
    });

    it('is 0 with gradient 0 when no pixel counts', () => {
      const nothing = maskTensor(masks.map(() => 0));
      const { value, gradient } = valueAndGradient(
        (z) => regionDiceBce(z, logitTensor(targets), { valid: nothing }),
        logits,
      );
      expect(value).toBeCloseTo(0, 12);
      expect(gradient.every((slope) => slope === 0)).toBe(true);
    });
  });
});

describe('errors', () => {
  const z = tf.zeros<tf.Rank.R4>([...shape]);
  const y = maskTensor(masks);

  it('names shapes that do not fit', () => {
    expect(() => pixelCrossEntropy(z, tf.zeros([2, 3, 2], 'int32'))).toThrow(/\[2,2,3,4\].*\[2,3,2\]/);
    expect(() => regionDiceBce(z, tf.zeros([2, 2, 3, 1]))).toThrow(/\[2,2,3,4\].*\[2,2,3,1\]/);
  });

  it.each([
    () => pixelCrossEntropy(z, y, { labelSmoothing: 1 }),
    () => pixelCrossEntropy(z, y, { classWeights: [1] }),
    () => pixelFocal(z, y, { gamma: -1 }),
    () => softDice(z, y, { smooth: 0 }),
    () => softDice(tf.zeros([2, 2, 3, 1]), y),
    () => segmentationLoss({ name: 'sum', terms: [] }),
    () => segmentationLoss({ name: 'dice-ce', diceWeight: -1 }),
  ])('refuses an option outside its range: %s', (call) => {
    expect(call).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });

  it('refuses an unknown loss with a suggestion', () => {
    expect(() => segmentationLoss('dice_ce' as 'dice-ce')).toThrow(/Did you mean 'dice-ce'/);
  });
});
