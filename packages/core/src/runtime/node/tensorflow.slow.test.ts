import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { batchNormTrain } from '../../ops/batchNormTrain.js';
import { relu } from '../../ops/relu.js';
import { type Random, random } from '../../random/random.js';
import { engineLadder, useEngine } from '../useEngine.js';

const rung = (await engineLadder()).find(({ name, device }) => name === 'tensorflow' && device === 'cpu');
const installed = rung?.available === true;
if (!installed) console.warn(`skipped: the tensorflow engine is not installed (${rung?.detail}); ${rung?.command}`);

function values(r: Random, shape: readonly number[]): Float32Array {
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 2 * r.next() - 1);
}

async function compare(
  inputs: [Float32Array, number[]][],
  run: (...inputs: tf.Tensor[]) => tf.Tensor[],
): Promise<void> {
  const on = async (engine: 'cpu' | 'tensorflow') => {
    await useEngine(engine);
    const before = tf.memory().numTensors;
    const outputs = tf.tidy(() => run(...inputs.map(([data, shape]) => tf.tensor(data, shape))));
    const result = outputs.map((t) => ({ shape: t.shape, data: Array.from(t.dataSync()) }));
    tf.dispose(outputs);
    expect(tf.memory().numTensors).toBe(before);
    return result;
  };
  const [truth, got] = [await on('cpu'), await on('tensorflow')];
  truth.forEach((expected, k) => {
    expect(got[k].shape).toEqual(expected.shape);
    const scale = expected.data.reduce((m, v) => Math.max(m, Math.abs(v)), 1);
    const worst = expected.data.reduce((m, v, i) => Math.max(m, Math.abs(v - got[k].data[i])), 0);
    expect(worst / scale).toBeLessThan(1e-5);
  });
}

describe.skipIf(!installed)('the tensorflow engine', () => {
  it('loads and says what it is', async () => {
    const engine = await useEngine('tensorflow');
    expect(engine.version).toMatch(/tfjs-node.* 4\.22\.0, TensorFlow \d+\.\d+/);
    expect(tf.getBackend()).toBe('tensorflow');
  });

  it.each([[[4, 7, 5, 6]], [[9, 3]], [[3, 4, 5]], [[1, 3]]])(
    'normalises batches of %j and takes gradients as the cpu engine does',
    async (shape) => {
      const r = random(21);
      const c = shape[shape.length - 1];
      await compare(
        [
          [values(r, shape).map((v) => v + 5), shape],
          [values(r, [c]), [c]],
          [values(r, [c]), [c]],
          [values(r, shape), shape],
        ],
        (x, gamma, beta, dy) => [
          ...batchNormTrain(x, gamma as tf.Tensor1D, beta as tf.Tensor1D, 1e-3),
          ...tf.grads((a, b, d) => relu(batchNormTrain(a, b as tf.Tensor1D, d as tf.Tensor1D, 1e-3)[0]))(
            [x, gamma, beta],
            dy,
          ),
        ],
      );
    },
  );

  it.each([1, 2])('convolves and takes gradients as the cpu engine does, stride %d', async (stride) => {
    const r = random(22);
    await compare(
      [
        [values(r, [2, 12, 12, 5]), [2, 12, 12, 5]],
        [values(r, [3, 3, 5, 7]), [3, 3, 5, 7]],
      ],
      (x, filter) => {
        const conv = (a: tf.Tensor, b: tf.Tensor) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, stride, 'same');
        return [conv(x, filter), ...tf.grads(conv)([x, filter])];
      },
    );
  });
});
