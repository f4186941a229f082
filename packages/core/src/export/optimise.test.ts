import { expect, it } from 'vitest';
import { type GraphNode, inOrder, type NodeOf } from './graph.js';
import { GraphBuilder } from './graphBuilder.js';
import { optimise } from './optimise.js';

const g = new GraphBuilder('layer');
const image = (): NodeOf<'input'> => ({ op: 'input', name: 'image', shape: [null, 6, 6, 1], inputs: [] });
const constant = (...values: number[]) => g.constant([values.length], Float32Array.from(values));
const ops = (node: GraphNode) =>
  inOrder([node])
    .map(({ op }) => op)
    .filter((op) => op !== 'input' && op !== 'constant');

const statistics = {
  gamma: constant(2, 1),
  beta: constant(1, -1),
  mean: constant(3, 0),
  variance: constant(15, 3),
};

function convolved(x: GraphNode): GraphNode {
  const kernel = g.constant([1, 1, 1, 2], Float32Array.of(8, 4));
  return g.convolution(x, kernel, constant(7, 2), { strides: [1, 1], padding: 'valid' });
}

it('folds a batch norm into kernel and bias', () => {
  const [folded] = optimise([g.batchNorm(convolved(image()), statistics, 1)], { foldBatchNorm: true });
  expect(ops(folded)).toEqual(['convolution']);
  const [, kernel, bias] = folded.inputs as NodeOf<'constant'>[];
  // gamma / sqrt(variance + 1) is 1/2 in both channels.
  expect([...kernel.data]).toEqual([4, 2]);
  expect([...bias.data]).toEqual([1 + (7 - 3) / 2, -1 + (2 - 0) / 2]);
});

it('leaves a batch norm alone that is not the only reader, or when told to', () => {
  const shared = convolved(image());
  const norm = g.batchNorm(shared, statistics, 1);
  const [sum] = optimise([g.add(norm, shared)], { foldBatchNorm: true });
  expect(ops(sum)).toEqual(['convolution', 'batchNorm', 'binary']);
  expect(ops(optimise([norm], { foldBatchNorm: false })[0])).toEqual(['convolution', 'batchNorm']);
  expect(optimise([norm, shared], { foldBatchNorm: true }).map(({ op }) => op)).toEqual(['batchNorm', 'convolution']);
});

it('pads within a convolution, but not what is padded along the channels', () => {
  const around = [
    [0, 0],
    [1, 2],
    [3, 4],
    [0, 0],
  ] as const;
  const [padded] = optimise([convolved(g.pad(image(), around))], { foldBatchNorm: true });
  expect(ops(padded)).toEqual(['convolution']);
  expect((padded as NodeOf<'convolution'>).padding).toEqual([
    [1, 2],
    [3, 4],
  ]);
  const flat = { ...image(), shape: [null, 6, 6, 0] };
  const channels = g.pad(flat, [
    [0, 0],
    [0, 0],
    [0, 0],
    [0, 1],
  ]);
  expect(ops(optimise([convolved(channels)], { foldBatchNorm: true })[0])).toEqual(['pad', 'convolution']);
});

it('joins reshapes, and drops those that change nothing', () => {
  const x = image();
  const there = g.reshape(g.reshape(x, [null, 36]), [null, 4, 9]);
  expect(ops(optimise([there], { foldBatchNorm: true })[0])).toEqual(['reshape']);
  const back = g.reshape(there, [null, 6, 6, 1]);
  expect(optimise([back], { foldBatchNorm: true })).toEqual([x]);
  const whole = g.concatenate([g.slice(x, [0, 0, 0, 0], x.shape)]);
  expect(optimise([whole], { foldBatchNorm: true })).toEqual([x]);
});

it('makes a softmax over two classes a sigmoid of differences, of more classes not', () => {
  const [pair] = optimise([g.softmax(convolved(image()))], { foldBatchNorm: true });
  expect(ops(pair)).toEqual(['convolution', 'unary']);
  const [, kernel, bias] = pair.inputs[0].inputs as NodeOf<'constant'>[];
  expect([...kernel.data]).toEqual([8 - 4, 4 - 8]);
  expect([...bias.data]).toEqual([7 - 2, 2 - 7]);
  const logits = convolved(image());
  expect(optimise([g.softmax(logits), logits], { foldBatchNorm: true }).map(({ op }) => op)).toEqual([
    'softmax',
    'convolution',
  ]);
  const three = g.dense(g.reshape(image(), [null, 36]), g.constant([36, 3], new Float32Array(108)));
  expect(ops(optimise([g.softmax(three)], { foldBatchNorm: true })[0])).toEqual(['reshape', 'dense', 'softmax']);
});
