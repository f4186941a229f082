import { readFileSync } from 'node:fs';
import { useEngine } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { cosineDistance } from './cosineDistance.js';
import { denseInfoNce } from './denseInfoNce.js';
import { holeLoss } from './holeLoss.js';
import { infoNce } from './infoNce.js';
import { vicReg } from './vicReg.js';

beforeAll(() => useEngine(process.env.LULC_ENGINE ? 'auto' : 'cpu'));

interface Tensor {
  readonly shape: number[];
  readonly values: number[];
}
interface Case {
  readonly inputs: readonly Tensor[];
  readonly numbers: readonly number[];
  readonly value: number;
  readonly gradients: readonly Tensor[];
}

/** Made by `fixtures/make_torch.py`. */
const { cases } = JSON.parse(readFileSync(new URL('fixtures/torch.json', import.meta.url), 'utf8')) as {
  readonly cases: Readonly<Record<string, readonly Case[]>>;
};

type Loss = (tensors: tf.Tensor[], numbers: readonly number[]) => tf.Scalar;
const losses: Readonly<Record<string, Loss>> = {
  infoNce: ([q, k, n], [temperature]) => infoNce(q as tf.Tensor2D, k as tf.Tensor2D, n as tf.Tensor2D, temperature),
  denseInfoNce: ([queryFeatures, query, keyFeatures, key, n], [temperature]) =>
    denseInfoNce(
      { features: queryFeatures as tf.Tensor3D, embeddings: query as tf.Tensor3D },
      { features: keyFeatures as tf.Tensor3D, embeddings: key as tf.Tensor3D },
      n as tf.Tensor2D,
      temperature,
    ),
  cosineDistance: ([p, z]) => cosineDistance(p as tf.Tensor2D, z as tf.Tensor2D),
  vicReg: ([x, y], [invariance, variance, covariance]) =>
    vicReg(x as tf.Tensor3D, y as tf.Tensor3D, { invariance, variance, covariance }),
  holeLoss: ([got, wanted, mask], [weight]) =>
    holeLoss(got as tf.Tensor4D, wanted as tf.Tensor4D, mask as tf.Tensor4D, weight),
};

describe.each(Object.entries(cases))('%s', (name, variants) => {
  it.each(variants)('has the value and gradients of PyTorch (%#)', ({ inputs, numbers, value, gradients }) => {
    const tensors = inputs.map(({ values, shape }) => tf.tensor(values, shape));
    const [free, fixed] = [tensors.slice(0, gradients.length), tensors.slice(gradients.length)];
    // What a loss does not depend on gets no gradient at all; a sum of zeros makes it 0.
    const all = (...args: tf.Tensor[]): tf.Tensor =>
      tf.add(losses[name]([...args, ...fixed], numbers), tf.mul(0, tf.addN(args.map((x) => tf.sum(x)))));
    const got = tf.valueAndGrads(all)(free);
    expect(got.value.dataSync()[0]).toBeCloseTo(value, 4);
    gradients.forEach(({ values, shape }, i) => {
      expect(got.grads[i].shape).toEqual(shape);
      const actual = got.grads[i].dataSync();
      for (const [k, expected] of values.entries()) expect(actual[k]).toBeCloseTo(expected, 4);
    });
  });
});

describe('a constant network', () => {
  const same = (...shape: number[]) => tf.fill(shape, 0.3);

  it('is as good as guessing for InfoNCE', () => {
    const loss = infoNce(same(4, 6) as tf.Tensor2D, same(4, 6) as tf.Tensor2D, same(9, 6) as tf.Tensor2D, 0.07);
    expect(loss.dataSync()[0]).toBeCloseTo(Math.log(10), 5);
  });

  it('has the lowest loss of BYOL, which cannot tell', () => {
    expect(cosineDistance(same(4, 6) as tf.Tensor2D, same(4, 6) as tf.Tensor2D).dataSync()[0]).toBeCloseTo(0, 6);
  });

  it('is punished by the variance term of VICReg alone', () => {
    const loss = vicReg(same(4, 3, 6) as tf.Tensor3D, same(4, 3, 6) as tf.Tensor3D);
    expect(loss.dataSync()[0]).toBeCloseTo(25 * (1 - 0.01), 4);
  });
});

it('counts a mask without holes, or of holes only, by the part there is', () => {
  const got = tf.ones<tf.Rank.R4>([1, 2, 2, 3]);
  const wanted = tf.zerosLike(got);
  expect(holeLoss(got, wanted, tf.zeros([1, 2, 2, 1]), 0.99).dataSync()[0]).toBeCloseTo(0.01, 6);
  expect(holeLoss(got, wanted, tf.ones([1, 2, 2, 1]), 0.99).dataSync()[0]).toBeCloseTo(0.99, 6);
});

it.each([
  ['keys', () => infoNce(tf.ones([2, 3]), tf.ones([3, 3]), tf.ones([4, 3]), 0.1), 'shape-mismatch'],
  ['negatives', () => infoNce(tf.ones([2, 3]), tf.ones([2, 3]), tf.ones([4, 2]), 0.1), 'shape-mismatch'],
  ['a temperature of 0', () => infoNce(tf.ones([2, 3]), tf.ones([2, 3]), tf.ones([4, 3]), 0), 'invalid-argument'],
  ['targets', () => cosineDistance(tf.ones([2, 3]), tf.ones([2, 4])), 'shape-mismatch'],
  ['a single row', () => vicReg(tf.ones([1, 1, 3]), tf.ones([1, 1, 3])), 'shape-mismatch'],
  ['a negative weight', () => vicReg(tf.ones([2, 1, 3]), tf.ones([2, 1, 3]), { variance: -1 }), 'invalid-argument'],
  ['a mask', () => holeLoss(tf.ones([1, 2, 2, 3]), tf.ones([1, 2, 2, 3]), tf.ones([1, 2, 2, 3]), 1), 'shape-mismatch'],
  [
    'cells',
    () => {
      const features = tf.ones<tf.Rank.R3>([2, 4, 3]);
      const cells = { features, embeddings: tf.ones<tf.Rank.R3>([2, 5, 3]) };
      return denseInfoNce(cells, { features, embeddings: features }, tf.ones([4, 3]), 0.1);
    },
    'shape-mismatch',
  ],
])('refuses %s', (_, call, code) => {
  expect(call).toThrow(expect.objectContaining({ code }));
});
