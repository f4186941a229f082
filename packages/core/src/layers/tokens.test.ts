import * as tf from '@tensorflow/tfjs-core';
import { model as tfModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { extractPatches, image, input, position, swapTokens, useEngine, weightPaths } from '../index.js';
import { drawNumbers, largestDifference } from '../testing/numericalGradient.js';

describe.each(['cpu', 'wasm'] as const)('patches on %s', (engine) => {
  beforeAll(() => useEngine(engine));

  it.each([
    [4, 6, 2],
    [5, 7, 2],
    [3, 3, 3],
    [2, 4, 1],
  ])('of a %d×%d image, %d pixels wide, are its pixels in order', (height, width, size) => {
    const [batch, channels] = [2, 3];
    const x = image({ shape: [height, width, channels] });
    const model = tfModel({ inputs: x, outputs: extractPatches(size)(x) });
    // where each value of each patch comes from
    const origins: number[] = [];
    const [rows, columns] = [Math.floor(height / size), Math.floor(width / size)];
    for (let b = 0; b < batch; b++)
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++)
          for (let i = 0; i < size; i++)
            for (let j = 0; j < size; j++)
              for (let c = 0; c < channels; c++)
                origins.push(((b * height + row * size + i) * width + column * size + j) * channels + c);
    const values = drawNumbers(batch * height * width * channels, 1);
    const given = tf.tensor4d(values, [batch, height, width, channels]);
    const y = model.predict(given) as tf.Tensor;
    expect(y.shape).toEqual([batch, rows * columns, size * size * channels]);
    expect(model.outputs[0].shape.slice(1)).toEqual(y.shape.slice(1));
    expect([...y.dataSync()]).toEqual(origins.map((i) => values[i]));

    const dy = drawNumbers(y.size, 2);
    const wanted = new Float32Array(values.length);
    for (const [i, origin] of origins.entries()) wanted[origin] += dy[i];
    const gradient = tf.grad((v) => model.apply(v) as tf.Tensor)(given, tf.tensor(dy, y.shape));
    expect(largestDifference(gradient.dataSync(), wanted)).toBe(0);
  });
});

describe('tokens', () => {
  beforeAll(() => useEngine('cpu'));

  it('patches of an image of open size are as many as it has', () => {
    const x = image({ shape: [null, null, 2] });
    const model = tfModel({ inputs: x, outputs: extractPatches(3)(x) });
    expect(model.outputs[0].shape).toEqual([null, null, 18]);
    expect((model.predict(tf.ones([1, 7, 9, 2])) as tf.Tensor).shape).toEqual([1, 6, 18]);
  });

  it('an image smaller than a patch, and a patch of no size, are errors', () => {
    expect(() => extractPatches(5)(image({ shape: [4, 8, 1] }))).toThrow(
      expect.objectContaining({ code: 'shape-mismatch' }),
    );
    expect(() => extractPatches(0)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });

  it('swapTokens transposes', () => {
    const x = input<3>({ shape: [2, 3] });
    const model = tfModel({ inputs: x, outputs: swapTokens()(x) });
    const y = model.predict(tf.tensor3d([0, 1, 2, 3, 4, 5], [1, 2, 3])) as tf.Tensor;
    expect([y.shape, [...y.dataSync()]]).toEqual([
      [1, 3, 2],
      [0, 3, 1, 4, 2, 5],
    ]);
  });

  const positioned = (form: 'table' | 'index') => {
    const x = input<3>({ shape: [3, 2], seed: 1 });
    return tfModel({ inputs: x, outputs: position({ name: 'position', form })(x) });
  };

  it.each([
    ['table', 'position/embeddings', [3, 2], [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6], [2, 2, 2, 2, 2, 2]],
    ['index', 'position/kernel', [1, 2], [1, 10], [0, 0, 1, 10, 2, 20], [6, 6]],
  ] as const)('position by %s adds its rows to every sample', (form, path, shape, weight, added, gradient) => {
    const model = positioned(form);
    expect(weightPaths(model)).toEqual([path]);
    model.setWeights([tf.tensor([...weight], [...shape])]);
    const x = tf.ones([2, 3, 2]);
    const y = (model.predict(x) as tf.Tensor).dataSync();
    expect([...y]).toEqual([...added, ...added].map((value) => value + 1));
    const { grads } = tf.variableGrads(() => tf.sum(model.apply(x) as tf.Tensor));
    expect(Object.values(grads).map((g) => [...g.dataSync()])).toEqual([[...gradient]]);
  });

  it('positions start small, by the seed', () => {
    const rows = () => [...positioned('table').weights[0].read().dataSync()];
    expect(rows()).toEqual(rows());
    const many = tfModel(
      (({ x }) => ({ inputs: x, outputs: position()(x) }))({ x: input<3>({ shape: [100, 64], seed: 2 }) }),
    );
    const { mean, variance } = tf.moments(many.weights[0].read());
    // 6,400 draws of deviation 0.02
    expect(Math.abs(mean.dataSync()[0])).toBeLessThan(0.001);
    expect(Math.sqrt(variance.dataSync()[0])).toBeCloseTo(0.02, 3);
  });

  it('positions of an open number of tokens are an error', () => {
    expect(() => position()(input<3>({ shape: [null, 4] }))).toThrow(
      expect.objectContaining({ code: 'shape-mismatch' }),
    );
  });
});
