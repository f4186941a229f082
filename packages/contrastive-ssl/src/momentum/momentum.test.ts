import { batchNorm, conv2d, dropout, image, pipe, random, useEngine } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, model as tfModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CopyStatistics, momentumCopy } from './momentumCopy.js';
import { embeddingQueue } from './queue.js';
import { rampedMomentum, stepCount } from './steps.js';
import { withoutGradient } from './withoutGradient.js';

beforeAll(() => useEngine(process.env.LULC_ENGINE ? 'auto' : 'cpu'));

function network(seed: number): LayersModel {
  const input = image({ shape: [4, 4, 2], seed });
  const output = pipe<4>(
    conv2d({ name: 'conv', filters: 3, kernelSize: 3 }),
    batchNorm({ name: 'bn' }),
    dropout<4>(0.5),
  )(input);
  return tfModel({ inputs: input, outputs: output, name: 'net' });
}

const valuesOf = (model: LayersModel): Record<string, number[]> =>
  Object.fromEntries(model.weights.map((weight) => [weight.originalName, Array.from(weight.read().dataSync())]));

const near = (got: readonly number[], expected: readonly number[]): void =>
  expected.forEach((value, i) => void expect(got[i]).toBeCloseTo(value, 5));

describe('withoutGradient', () => {
  it('gives what was made, and no gradient flows through it', () => {
    const x = tf.tensor1d([1, 2, 3]);
    const { value, grad } = tf.valueAndGrad((v: tf.Tensor) => {
      const [doubled, total] = withoutGradient(() => [tf.mul(v, 2), tf.sum(tf.square(v))]);
      return tf.sum(tf.mul(tf.add(v, doubled), total)) as tf.Scalar;
    })(x);
    expect(value.dataSync()[0]).toBe(3 * 6 * 14);
    expect([...grad.dataSync()]).toEqual([14, 14, 14]);
    expect(withoutGradient(() => [x])[0].shape).toEqual([3]);
  });
});

describe.each(['batch', 'moving'] as const)('a momentum copy with %s statistics', (statistics: CopyStatistics) => {
  const setUp = () => {
    const [live, slow] = [network(1), network(2)];
    const copy = momentumCopy([live], [slow], statistics);
    return { live, slow, copy };
  };
  const images = () => tf.tensor4d(Array.from({ length: 64 }, random(5).normal), [2, 4, 4, 2]);

  it('begins as the network and names all of it', () => {
    const { live, slow, copy } = setUp();
    expect(valuesOf(slow)).toEqual(valuesOf(live));
    expect(copy.state.map(({ name }) => name)).toEqual(
      live.weights.map(({ originalName }) => `momentum/${originalName}`),
    );
    // Not the same memory: what is trained must not take the copy along.
    tf.tidy(() => void live.weights[0].write(tf.zeros(live.weights[0].shape as number[])));
    expect(valuesOf(slow)).not.toEqual(valuesOf(live));
  });

  it('follows by the given share, and gives targets without gradient', () => {
    const { live, slow, copy } = setUp();
    const start = valuesOf(slow);
    const x = images();
    // Moves the network by hand, so that there is something to follow.
    for (const weight of live.weights) tf.tidy(() => void weight.write(tf.add(weight.read(), 1)));
    const moved = valuesOf(live);
    const { grads } = tf.variableGrads(() =>
      copy.step(
        0.75,
        () => [slow.apply(x, { training: copy.training }) as tf.Tensor],
        ([target]) => tf.mean(tf.add(target, live.apply(x, { training: true }) as tf.Tensor)) as tf.Scalar,
      ),
    );
    const after = valuesOf(slow);
    for (const path of ['conv/kernel', 'bn/gamma', 'bn/beta']) {
      near(
        after[path],
        start[path].map((old, i) => 0.75 * old + 0.25 * moved[path][i]),
      );
    }
    for (const path of ['bn/moving_mean', 'bn/moving_variance']) {
      const expected =
        statistics === 'batch'
          ? valuesOf(live)[path] // as the network has them now
          : start[path].map((old, i) => 0.75 * old + 0.25 * moved[path][i]);
      near(after[path], expected);
    }
    const own = copy.state.map(({ variable }) => variable.name);
    for (const name of own) {
      const gradient = grads[name];
      if (gradient !== undefined && gradient !== null) expect(Math.max(...gradient.dataSync().map(Math.abs))).toBe(0);
    }
    expect(
      live.trainableWeights.some((w) => grads[(w.read() as tf.Variable).name].dataSync().some((v) => v !== 0)),
    ).toBe(true);
  });

  it('takes a share that is a tensor, and leaves nothing behind', () => {
    const { live, slow, copy } = setUp();
    for (const weight of live.weights) tf.tidy(() => void weight.write(tf.add(weight.read(), 1)));
    const start = valuesOf(slow)['conv/kernel'];
    const before = tf.memory().numTensors;
    const keep = tf.scalar(0.9);
    copy
      .step(
        keep,
        () => [tf.scalar(1)],
        ([one]) => one as tf.Scalar,
      )
      .dispose();
    keep.dispose();
    expect(tf.memory().numTensors).toBe(before);
    near(
      valuesOf(slow)['conv/kernel'],
      start.map((old) => old + 0.1),
    );
  });

  it('refuses a network of other layers', () => {
    const input = image({ shape: [4, 4, 2] });
    const other = tfModel({ inputs: input, outputs: conv2d({ name: 'conv', filters: 4, kernelSize: 3 })(input) });
    expect(() => momentumCopy([network(1)], [other], statistics)).toThrow(
      expect.objectContaining({ code: 'internal' }),
    );
  });
});

describe('a queue', () => {
  const options = { name: 'queue', size: 6, dimensions: 3, batchSize: 2, seed: 4 };

  it('begins with random directions of its seed', () => {
    const rows = (seed: number) =>
      embeddingQueue({ ...options, seed })
        .rows()
        .arraySync();
    const first = rows(4);
    for (const row of first) expect(Math.hypot(...row)).toBeCloseTo(1, 6);
    expect(first).toEqual(rows(4));
    expect(first).not.toEqual(rows(5));
    const mean = tf.mean(embeddingQueue({ ...options, size: 2000 }).rows(), 0).arraySync() as number[];
    expect(Math.hypot(...mean)).toBeLessThan(0.06); // 4 times 1 / √2000, no direction is preferred
  });

  it('takes new rows in front and forgets the oldest', () => {
    const queue = embeddingQueue(options);
    const [a, b] = queue.rows().arraySync();
    const row = (value: number) => [value, 0, 0];
    for (const i of [1, 2]) tf.tidy(() => queue.push(tf.tensor2d([row(i), row(i + 0.5)])));
    expect(queue.rows().arraySync()).toEqual([row(2), row(2.5), row(1), row(1.5), a, b]);
    expect(queue.entry.variable).toBe(queue.rows());
  });

  it('refuses a size that is no multiple of the batch, and says which is', () => {
    expect(() => embeddingQueue({ ...options, batchSize: 4 })).toThrow(/multiple of the batch size 4.*Use 8/);
    expect(() => embeddingQueue({ ...options, size: 0 })).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    );
  });
});

describe('steps', () => {
  it('are counted on the engine', () => {
    const steps = stepCount();
    const before = tf.memory().numTensors;
    steps.next();
    steps.next();
    expect(steps.done().dataSync()[0]).toBe(2);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    [0, 0.9],
    [25, 1 - 0.05 * (1 + Math.SQRT1_2)],
    [50, 0.95],
    [100, 1],
    [150, 1],
  ])('raise the momentum along half a cosine: after %d it is %d', (done, expected) => {
    expect(rampedMomentum(0.9, 100, tf.scalar(done)).dataSync()[0]).toBeCloseTo(expected, 6);
  });
});
