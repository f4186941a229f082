import { random, useEngine } from '@lulc/core';
import { ignoreLabel, type SegmenterOutputs, segmentationLoss } from '@lulc/core/segmentation';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type DistanceOptions, distillationDistance } from './distances.js';
import { cloudLoss, distillationObjective } from './objective.js';

beforeAll(() => useEngine('cpu'));

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
const softmax = (z: readonly number[]): number[] => {
  const powers = z.map((value) => Math.exp(value));
  return powers.map((power) => power / sum(powers));
};
const rowsOf = (values: readonly number[], columns: number): number[][] =>
  Array.from({ length: values.length / columns }, (_, i) => values.slice(i * columns, (i + 1) * columns));

/** The definitions, in doubles; a teacher's row of zeros is left out. */
function textbook(student: readonly number[], teacher: readonly number[], classes: number, options: DistanceOptions) {
  const { distance = 'kl', temperature: T = 3, variant = 'corrected' } = options;
  const channels = classes === 2 ? 1 : classes;
  const pairs = rowsOf(student, classes)
    .map((z, i) => [z, teacher.slice(i * channels, (i + 1) * channels)] as const)
    .filter(([, t]) => t.some((value) => value !== 0))
    .map(([z, t]) =>
      channels === 1
        ? [
            [0, z[1] - z[0]],
            [0, t[0]],
          ]
        : [z, t],
    );
  const soft = (z: readonly number[], at: number): number[] => softmax(z.map((value) => value / at));
  if (distance === 'kl') {
    const divided = variant === 'reference' ? classes : 1;
    return mean(pairs.map(([z, t]) => sum(soft(t, T).map((q, c) => (q * Math.log(q / soft(z, T)[c])) / divided))));
  }
  if (distance === 'mse-prob')
    return mean(pairs.flatMap(([z, t]) => soft(z, 1).map((p, c) => (p - soft(t, 1)[c]) ** 2)));
  if (distance === 'mse-logit') return mean(pairs.flatMap(([z, t]) => z.map((value, c) => (value - t[c]) ** 2)));
  const losses = Array.from({ length: classes - 1 }, (_, k) => {
    const both = pairs.map(([z, t]) => [soft(z, 1)[k + 1], soft(t, 1)[k + 1]]);
    const hits = sum(both.map(([p, q]) => (variant === 'reference' ? p * q : Math.min(p, q))));
    const size = sum(both.flat());
    return distance === 'soft-dice' ? 1 - (2 * hits + 1e-5) / (size + 1e-5) : 1 - (hits + 1e-5) / (size - hits + 1e-5);
  });
  return mean(losses);
}

const draw = (count: number, seed: number): number[] => {
  const source = random(seed);
  return Array.from({ length: count }, () => Math.fround(4 * source.next() - 2));
};

const [batch, height, width] = [2, 2, 3];
const cases: DistanceOptions[] = (['kl', 'mse-prob', 'mse-logit', 'soft-jaccard', 'soft-dice'] as const).flatMap(
  (distance) => [{ distance }, { distance, variant: 'reference' }, { distance, temperature: 1 }] as const,
);

describe.each([2, 4])('distances of %d classes', (classes) => {
  const channels = classes === 2 ? 1 : classes;
  const student = draw(batch * height * width * classes, 1);
  const teacher = draw(batch * height * width * channels, 2).map((value, i) =>
    Math.floor(i / channels) % 5 === 3 ? 0 : value,
  );
  const tensors = () => [
    tf.tensor4d(student, [batch, height, width, classes]),
    tf.tensor4d(teacher, [batch, height, width, channels]),
  ];

  it.each(cases)('%j is as defined, and so is its slope', (options) => {
    const [z, soft] = tensors();
    const { value, grad } = tf.valueAndGrad((x) => distillationDistance(x as tf.Tensor4D, soft, options))(z) as {
      value: tf.Scalar;
      grad: tf.Tensor;
    };
    expect(value.dataSync()[0]).toBeCloseTo(textbook(student, teacher, classes, options), 5);
    const slopes = grad.dataSync();
    student.forEach((_, i) => {
      const at = (moved: number) =>
        textbook(
          student.map((value, k) => (k === i ? value + moved : value)),
          teacher,
          classes,
          options,
        );
      expect(slopes[i]).toBeCloseTo((at(1e-5) - at(-1e-5)) / 2e-5, 5);
    });
  });

  it.each(cases)('%j is 0 where a teacher says nothing, and finite for sure ones', (options) => {
    const [z, soft] = tensors();
    const slope = tf.grad((x) => distillationDistance(x as tf.Tensor4D, tf.zerosLike(soft), options))(z);
    expect(distillationDistance(z, tf.zerosLike(soft), options).dataSync()[0]).toBeCloseTo(0, 6);
    expect([...slope.dataSync()].every((value) => value === 0)).toBe(true);
    const sure = tf.mul<tf.Tensor4D>(soft, 1000);
    const steep = tf.grad((x) => distillationDistance(x as tf.Tensor4D, sure, options))(tf.neg(tf.mul(z, 1000)));
    expect([...steep.dataSync()].every(Number.isFinite)).toBe(true);
  });
});

it('is least where student and teacher agree, but for products of probabilities', () => {
  const said = tf.tensor4d([0.5, -1, 2, 0.25], [1, 2, 2, 1]);
  const agreeing = tf.pad(said, [
    [0, 0],
    [0, 0],
    [0, 0],
    [1, 0],
  ]) as tf.Tensor4D;
  for (const options of cases) {
    const steps = [-0.3, 0, 0.3].map((more) => tf.mul<tf.Tensor4D>(agreeing, 1 + more));
    const [less, equal, greater] = steps.map((z) => distillationDistance(z, said, options).dataSync()[0]);
    const isProduct = options.variant === 'reference' && options.distance?.startsWith('soft');
    if (isProduct) expect(Math.min(less, greater)).toBeLessThan(equal);
    else {
      expect(equal).toBeCloseTo(0, 6);
      expect(Math.min(less, greater)).toBeGreaterThan(equal + 1e-4);
    }
  }
});

describe('the objective', () => {
  let outputs: SegmenterOutputs;
  let soft: tf.Tensor4D;
  let labels: tf.Tensor3D;
  beforeAll(() => {
    outputs = { logits: tf.tensor4d(draw(2 * 3 * 3 * 2, 3), [2, 3, 3, 2]), deep: [], weights: [1] };
    soft = tf.tensor4d(draw(2 * 3 * 3, 4), [2, 3, 3, 1]);
    const values = Array.from({ length: 18 }, (_, i) => [0, 1, 1, ignoreLabel][i % 4]);
    labels = tf.tensor3d(values, [2, 3, 3], 'int32');
  });
  const lossOf = (
    objective: ReturnType<typeof distillationObjective>,
    targets: { masks: tf.Tensor3D; soft?: tf.Tensor4D },
  ) => objective.loss(outputs, targets).dataSync()[0];
  const hard = () => segmentationLoss(cloudLoss)(outputs.logits, labels).dataSync()[0];

  it('mixes both, with T² on the divergence alone', () => {
    const apart = (distance: 'kl' | 'mse-prob') =>
      distillationDistance(outputs.logits, soft, { distance, temperature: 2 }).dataSync()[0];
    for (const [distance, factor] of [
      ['kl', 4],
      ['mse-prob', 1],
    ] as const) {
      const objective = distillationObjective({ alpha: 0.25, temperature: 2, distance });
      expect(lossOf(objective, { masks: labels, soft })).toBeCloseTo(
        0.75 * hard() + 0.25 * factor * apart(distance),
        5,
      );
    }
  });

  it('is training without a teacher at 0, to the last bit', () => {
    const objective = distillationObjective({ alpha: 0 });
    expect(objective.needsSoft).toBe(false);
    expect(lossOf(objective, { masks: labels })).toBe(hard());
  });

  it('looks at no label at 1', () => {
    const objective = distillationObjective({ alpha: 1 });
    const disposed = labels.clone();
    disposed.dispose();
    expect(lossOf(objective, { masks: disposed, soft })).toBe(
      Math.fround(9 * distillationDistance(outputs.logits, soft).dataSync()[0]),
    );
  });

  it('learns from the teacher where labels are unknown, and from labels where the teacher says nothing', () => {
    const objective = distillationObjective({ alpha: 0.5 });
    const unknown = tf.fill(labels.shape, ignoreLabel, 'int32') as tf.Tensor3D;
    const distance = 9 * distillationDistance(outputs.logits, soft).dataSync()[0];
    expect(lossOf(objective, { masks: unknown, soft })).toBeCloseTo(0.5 * distance, 5);
    expect(lossOf(objective, { masks: labels, soft: tf.zerosLike(soft) })).toBeCloseTo(0.5 * hard(), 5);
  });

  it('says what it is made of, and refuses what it cannot do', () => {
    expect(distillationObjective({ hard: 'cross-entropy' }).spec).toEqual({
      name: 'distillation',
      alpha: 0.3,
      distance: 'kl',
      temperature: 3,
      variant: 'corrected',
      hard: 'cross-entropy',
    });
    expect(() => distillationObjective({ alpha: 1.1 })).toThrow(/alpha/);
    expect(() => distillationObjective({ temperature: 0.5 })).toThrow(/temperature/);
    expect(() => distillationObjective({ distance: 'mse-prop' as 'mse-prob' })).toThrow(/Did you mean 'mse-prob'/);
    expect(() => distillationObjective({ alpha: 0.5 }).loss(outputs, { masks: labels })).toThrow(/soft targets/);
    const three = tf.zeros<tf.Rank.R4>([2, 3, 3, 3]);
    expect(() => distillationDistance(outputs.logits, three)).toThrow(/a channel per class/);
  });
});
