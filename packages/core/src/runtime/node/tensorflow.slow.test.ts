import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { batchNormTrain } from '../../ops/batchNormTrain.js';
import { relu } from '../../ops/relu.js';
import { random } from '../../random/random.js';
import { type Case, compareWithCpu, values } from '../../testing/compareEngines.js';
import { image, networkOperations, valueAndGradient } from '../../testing/networkOperations.js';
import { engineLadder, useEngine } from '../useEngine.js';

const rung = (await engineLadder()).find(({ name, device }) => name === 'tensorflow' && device === 'cpu');
const installed = rung?.available === true;
if (!installed) console.warn(`skipped: the tensorflow engine is not installed (${rung?.detail}); ${rung?.command}`);

const compare = (testCase: Case) => compareWithCpu('tensorflow', testCase);

describe.skipIf(!installed)('the tensorflow engine', () => {
  it('loads and says what it is', async () => {
    await useEngine('cpu');
    const engine = await useEngine('tensorflow');
    expect(engine.version).toMatch(/tfjs-node.* 4\.22\.0, TensorFlow \d+\.\d+/);
    expect(tf.getBackend()).toBe('tensorflow');
  });

  it.each([[[4, 7, 5, 6]], [[9, 3]], [[3, 4, 5]], [[1, 3]]])(
    'normalises batches of %j and takes gradients as the cpu engine does',
    (shape) => {
      const r = random(21);
      const c = shape[shape.length - 1];
      compare({
        name: `${shape}`,
        inputs: [
          [values(r, shape).map((v) => v + 5), shape],
          [values(r, [c]), [c]],
          [values(r, [c]), [c]],
          [values(r, shape), shape],
        ],
        run: (x, gamma, beta, dy) => [
          ...batchNormTrain(x, gamma as tf.Tensor1D, beta as tf.Tensor1D, 1e-3),
          ...tf.grads((a, b, d) => relu(batchNormTrain(a, b as tf.Tensor1D, d as tf.Tensor1D, 1e-3)[0]))(
            [x, gamma, beta],
            dy,
          ),
        ],
      });
    },
  );

  it.each([1, 2])('convolves and takes gradients as the cpu engine does, stride %d', (stride) => {
    const r = random(22);
    compare({
      name: `stride ${stride}`,
      inputs: [
        [values(r, [2, 12, 12, 5]), [2, 12, 12, 5]],
        [values(r, [3, 3, 5, 7]), [3, 3, 5, 7]],
      ],
      run: (x, filter) => {
        const conv = (a: tf.Tensor, b: tf.Tensor) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, stride, 'same');
        return [conv(x, filter), ...tf.grads(conv)([x, filter])];
      },
    });
  });

  it.each(Object.keys(networkOperations))('takes the gradient of the cpu engine: %s', (name) => {
    compare({ name, inputs: [[values(random(18), image), image]], run: (x) => valueAndGradient(name, x) });
  });
});
