import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { batchNormTrain } from '../../ops/batchNormTrain.js';
import { relu } from '../../ops/relu.js';
import { type Random, random } from '../../random/random.js';
import { type Case, compareWithCpu, values } from '../../testing/compareEngines.js';
import { image, networkOperations, valueAndGradient } from '../../testing/networkOperations.js';
import { useEngine } from '../useEngine.js';

beforeAll(async () => {
  await useEngine('cpu');
  await useEngine('wasm');
});

const compare = (testCase: Case) => compareWithCpu('wasm', testCase);

/** 'same', 'valid', or up to two pixels on each side. (A single number means square filters only in TF.js 4.22.) */
function drawPadding(r: Random): 'same' | 'valid' | tf.backend_util.ExplicitPadding {
  const kind = r.integer(3);
  if (kind < 2) return kind === 0 ? 'same' : 'valid';
  return [
    [0, 0],
    [r.integer(3), r.integer(3)],
    [r.integer(3), r.integer(3)],
    [0, 0],
  ];
}

describe('convolution gradients', () => {
  it('agree with the cpu engine for random shapes, strides and paddings', () => {
    const r = random(11);
    let cases = 0;
    while (cases < 80) {
      const [n, h, w, c, o] = [
        1 + r.integer(3),
        1 + r.integer(13),
        1 + r.integer(13),
        1 + r.integer(6),
        1 + r.integer(6),
      ];
      const [kh, kw] = [1 + r.integer(5), 1 + r.integer(5)];
      const strides: [number, number] = [1 + r.integer(3), 1 + r.integer(3)];
      const pad = drawPadding(r);
      const [high, wide] = typeof pad === 'string' ? [0, 0] : [pad[1][0] + pad[1][1], pad[2][0] + pad[2][1]];
      if (pad !== 'same' && (h + high < kh || w + wide < kw)) continue;
      cases++;
      const [x, filter] = [values(r, [n, h, w, c]), values(r, [kh, kw, c, o])];
      const conv = (a: tf.Tensor, b: tf.Tensor) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, strides, pad);
      const shape = tf.backend_util.computeConv2DInfo([n, h, w, c], [kh, kw, c, o], strides, 1, pad).outShape;
      compare({
        name: `x ${[n, h, w, c]} filter ${[kh, kw, c, o]} strides ${strides} pad ${JSON.stringify(pad)}`,
        inputs: [
          [x, [n, h, w, c]],
          [filter, [kh, kw, c, o]],
          [values(r, shape), shape],
        ],
        run: (a, b, dy) => tf.grads(conv)([a, b], dy),
      });
    }
  });

  it('agree where positions are taken in several pieces', () => {
    const r = random(12);
    const shapes: [number[], number[], number][] = [
      [[2, 60, 60, 5], [3, 3, 5, 7], 1],
      [[3, 70, 65, 3], [3, 3, 3, 4], 2],
      [[3, 60, 60, 4], [12, 12, 4, 8], 12],
      [[2, 64, 64, 3], [7, 7, 3, 4], 2],
      [[4, 40, 40, 6], [1, 1, 6, 5], 1],
    ];
    for (const [xShape, filterShape, stride] of shapes) {
      const conv = (a: tf.Tensor, b: tf.Tensor) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, stride, 'same');
      const outShape = tf.backend_util.computeConv2DInfo(
        xShape as [number, number, number, number],
        filterShape as [number, number, number, number],
        stride,
        1,
        'same',
      ).outShape;
      compare({
        name: `x ${xShape} filter ${filterShape} stride ${stride}`,
        inputs: [
          [values(r, xShape), xShape],
          [values(r, filterShape), filterShape],
          [values(r, outShape), outShape],
        ],
        run: (a, b, dy) => tf.grads(conv)([a, b], dy),
      });
    }
  });
});

describe('depthwise convolution gradients', () => {
  it('agree with the cpu engine for random shapes, strides, paddings and multipliers', () => {
    const r = random(13);
    let cases = 0;
    while (cases < 60) {
      const [n, h, w, c, q] = [
        1 + r.integer(3),
        1 + r.integer(11),
        1 + r.integer(11),
        1 + r.integer(6),
        1 + r.integer(2),
      ];
      const [kh, kw] = [1 + r.integer(5), 1 + r.integer(5)];
      const stride = 1 + r.integer(3);
      const pad = r.integer(2) === 0 ? ('same' as const) : ('valid' as const);
      if (pad === 'valid' && (h < kh || w < kw)) continue;
      cases++;
      const conv = (a: tf.Tensor, b: tf.Tensor) => tf.depthwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D, stride, pad);
      const shape = tf.backend_util.computeConv2DInfo(
        [n, h, w, c],
        [kh, kw, c, q],
        stride,
        1,
        pad,
        'floor',
        true,
      ).outShape;
      compare({
        name: `x ${[n, h, w, c]} filter ${[kh, kw, c, q]} stride ${stride} pad ${JSON.stringify(pad)}`,
        inputs: [
          [values(r, [n, h, w, c]), [n, h, w, c]],
          [values(r, [kh, kw, c, q]), [kh, kw, c, q]],
          [values(r, shape), shape],
        ],
        run: (a, b, dy) => tf.grads(conv)([a, b], dy),
      });
    }
  });

  it('agree, for a dilated filter, with the same filter spread out with zeros', () => {
    const r = random(14);
    const shape = [2, 9, 11, 3];
    const [x, dy, filter] = [values(r, shape), values(r, shape), values(r, [3, 3, 3, 1])];
    const spread = new Float32Array(5 * 7 * 3);
    for (let k = 0; k < 27; k++)
      spread[(2 * Math.floor(k / 9) * 7 + 3 * (Math.floor(k / 3) % 3)) * 3 + (k % 3)] = filter[k];
    tf.engine().setBackend('cpu');
    const [dx, dSpread] = tf.grads((a, b) => tf.depthwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, 'same'))(
      [tf.tensor(x, shape), tf.tensor(spread, [5, 7, 3, 1])],
      tf.tensor(dy, shape),
    );
    const truth = [tf.stridedSlice(dSpread, [0, 0, 0, 0], [5, 7, 3, 1], [2, 3, 1, 1]).dataSync(), dx.dataSync()];
    tf.engine().setBackend('wasm');
    const kernel = (name: string, inputs: tf.NamedTensorMap, more: object) =>
      tf.engine().runKernel(name, inputs, {
        strides: [1, 1],
        pad: 'same',
        dilations: [2, 3],
        ...more,
      } as unknown as tf.NamedAttrMap);
    const tensors = { x: tf.tensor(x, shape), dy: tf.tensor(dy, shape), filter: tf.tensor(filter, [3, 3, 3, 1]) };
    const got = [
      kernel(tf.DepthwiseConv2dNativeBackpropFilter, { x: tensors.x, dy: tensors.dy }, { filterShape: [3, 3, 3, 1] }),
      kernel(tf.DepthwiseConv2dNativeBackpropInput, { dy: tensors.dy, filter: tensors.filter }, { inputShape: shape }),
    ].map((t) => (t as tf.Tensor).dataSync());
    got.forEach((data, k) => {
      data.forEach((value, i) => {
        expect(Math.abs(value - truth[k][i])).toBeLessThan(1e-4);
      });
    });
  });
});

describe('batch normalisation and relu', () => {
  it.each([[[4, 7, 5, 6]], [[9, 3]], [[3, 4, 5]]])('agree with the composition on the cpu engine for %j', (shape) => {
    const r = random(15);
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
  });

  it('relu passes nothing at zero, of either sign', () => {
    tf.engine().setBackend('wasm');
    const g = tf.grad((x) => relu(x))(tf.tensor1d([-1, -0, 0, 1e-38, 2]), tf.tensor1d([1, 2, 3, 4, 5]));
    expect(Array.from(g.dataSync())).toEqual([0, 0, 0, 4, 5]);
  });
});

describe('unsortedSegmentSum', () => {
  it('agrees with the cpu engine, and gives gather its gradient', () => {
    const r = random(16);
    compare({
      name: 'segments',
      inputs: [
        [values(r, [7, 3, 2]), [7, 3, 2]],
        [values(r, [5, 4]), [5, 4]],
      ],
      run: (x, table) => [
        tf.unsortedSegmentSum(x, tf.tensor1d([3, 0, 3, 1, -1, 0, 5], 'int32'), 5),
        tf.grad((t) => tf.gather(t, tf.tensor1d([1, 1, 4], 'int32')))(table),
      ],
    });
  });
});

describe('identity', () => {
  it('shares memory and keeps it until the last holder lets go', () => {
    tf.engine().setBackend('wasm');
    const before = tf.memory();
    const x = tf.tensor1d([1, 2, 3]);
    const clones = [tf.clone(x), tf.clone(x)];
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers + 1);
    x.dispose();
    clones[0].dispose();
    expect(Array.from(tf.tidy(() => tf.add(clones[1], 1).dataSync()))).toEqual([2, 3, 4]);
    clones[1].dispose();
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
  });
});

describe('slice and split', () => {
  it('agree with the cpu engine for random blocks', () => {
    const r = random(17);
    for (let k = 0; k < 60; k++) {
      const shape = Array.from({ length: 1 + r.integer(5) }, () => 1 + r.integer(5));
      const begin = shape.map((n) => r.integer(n));
      const size = shape.map((n, d) => (r.integer(2) === 0 ? n - begin[d] : r.integer(n - begin[d] + 1)));
      const axis = r.integer(shape.length);
      compare({
        name: `${shape} begin ${begin} size ${size} axis ${axis}`,
        inputs: [[values(r, shape), shape]],
        run: (x) => [
          tf.slice(x, begin, size),
          tf.slice(tf.cast(tf.mul(x, 9), 'int32'), begin, size),
          tf.cast(tf.slice(tf.greater(x, 0), begin, size), 'float32'),
          ...tf.split(x, [1, ...(shape[axis] > 1 ? [shape[axis] - 1] : [])], axis),
        ],
      });
    }
  });
});

describe('the operations of the benchmark networks', () => {
  it.each(Object.keys(networkOperations))('take the gradient of the cpu engine: %s', (name) => {
    compare({ name, inputs: [[values(random(18), image), image]], run: (x) => valueAndGradient(name, x) });
  });
});
