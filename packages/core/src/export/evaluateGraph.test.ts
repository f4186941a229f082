import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { useEngine } from '../index.js';
import { evaluateGraph } from './evaluateGraph.js';
import type { GraphNode, NodeOf } from './graph.js';
import { GraphBuilder } from './graphBuilder.js';

beforeAll(() => useEngine('cpu'));

const g = new GraphBuilder('layer');
const image: NodeOf<'input'> = { op: 'input', name: 'image', shape: [null, 2, 2, 1], inputs: [] };

async function computed(node: GraphNode, values: readonly number[]): Promise<number[]> {
  const x = tf.tensor(Float32Array.from(values), [1, 2, 2, 1]);
  const [result] = await evaluateGraph([node], new Map([[image, x]]));
  const data = [...(await result.data())];
  tf.dispose([x, result]);
  return data;
}

it('computes steps by hand', async () => {
  const ones = g.constant([2, 2, 1, 1], Float32Array.of(1, 1, 1, 1));
  const strided = g.convolution(image, ones, undefined, { strides: [1, 1], padding: 'same' });
  expect(await computed(strided, [1, 2, 3, 4])).toEqual([10, 6, 7, 4]);
  expect(await computed(g.leakyRelu(image, 0.5), [1, -2, 3, -4])).toEqual([1, -1, 3, -2]);
  const mean = g.reduce('mean', image, [1, 2]);
  expect(await computed(g.add(mean, g.scalar(1)), [1, 2, 3, 6])).toEqual([4]);
  const patches = g.depthToSpace(g.concatenate([image, image, image, image]), 2);
  expect(await computed(g.pool('max', patches, [4, 4], { strides: [4, 4], padding: 'valid' }), [1, 2, 3, 4])).toEqual([
    4,
  ]);
  expect(await computed(g.softmax(g.reshape(image, [null, 4])), [0, 0, 0, 0])).toEqual([0.25, 0.25, 0.25, 0.25]);
});

it('shows every step, takes what is put in its place, and frees everything else', async () => {
  const doubled = g.multiply(image, g.scalar(2));
  const sum = g.add(doubled, image);
  const x = tf.tensor(Float32Array.of(1, 2, 3, 4), [1, 2, 2, 1]);
  const before = tf.memory().numTensors;
  const seen: string[] = [];
  const [result] = await evaluateGraph([sum], new Map([[image, x]]), async (node, value) => {
    seen.push(node.op);
    return node === doubled ? tf.mul(value, 10) : undefined;
  });
  expect([...result.dataSync()]).toEqual([21, 42, 63, 84]);
  expect(seen).toEqual(['input', 'constant', 'binary', 'binary']);
  expect(tf.memory().numTensors).toBe(before + 1);
});

it('needs a value for every input', async () => {
  await expect(evaluateGraph([image], new Map())).rejects.toMatchObject({ code: 'invalid-argument' });
});
