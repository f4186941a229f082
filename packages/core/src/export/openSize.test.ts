import { describe, expect, it } from 'vitest';
import type { GraphNode, NodeOf } from './graph.js';
import { GraphBuilder } from './graphBuilder.js';
import { openSize } from './openSize.js';

const g = new GraphBuilder('layer');
const input = (size: number): NodeOf<'input'> => ({
  op: 'input',
  name: 'image',
  shape: [null, size, size, 2],
  inputs: [],
});
const kernel = g.constant([3, 3, 2, 2], new Float32Array(36));
const opened = (x: NodeOf<'input'>, node: GraphNode) =>
  openSize({ name: 'net', inputs: [x], outputs: [{ name: 'out', node }] });

describe('a network of open size', () => {
  it('has paddings and factors instead of sizes', () => {
    const x = input(12);
    const small = g.convolution(x, kernel, undefined, { strides: [2, 2], padding: 'same' });
    const smaller = g.pool('max', small, [3, 3], { strides: [3, 3], padding: 'same' });
    const large = g.resize(smaller, [12, 12], false);
    const { graph, multiple } = opened(x, g.concatenate([large, x]));
    expect(multiple).toEqual([6, 6]);
    expect(graph.inputs[0].shape).toEqual([null, null, null, 2]);
    const [{ node }] = graph.outputs;
    expect(node.shape).toEqual([null, null, null, 4]);
    const resize = node.inputs[0] as NodeOf<'resize'>;
    expect(resize.factors).toEqual([6, 6]);
    // TensorFlow pads 12 pixels for steps of 2 by one row below.
    const convolution = resize.inputs[0].inputs[0] as NodeOf<'convolution'>;
    expect(convolution.padding).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(node.inputs[1]).toBe(graph.inputs[0]);
  });

  it('keeps what is behind a mean over all pixels', () => {
    const x = input(7);
    const pooled = g.reduce('mean', g.convolution(x, kernel, undefined, { strides: [2, 2], padding: 'same' }), [1, 2]);
    const [{ node }] = opened(x, g.dense(pooled, g.constant([2, 5], new Float32Array(10)))).graph.outputs;
    expect(node.shape).toEqual([null, 5]);
    expect((node.inputs[0].inputs[0] as NodeOf<'convolution'>).padding).toBe('same');
  });

  it.each<[string, (x: GraphNode) => GraphNode]>([
    ['a flattened image', (x) => g.reshape(x, [null, 288])],
    ['a weight for every pixel', (x) => g.add(x, g.constant([12, 12, 2], new Float32Array(288)))],
    ['a part of an image', (x) => g.slice(x, [0, 1, 1, 0], [null, 5, 5, 2])],
    ['a resize by no whole factor', (x) => g.resize(x, [18, 18], false)],
    [
      'a resize of a map that strides do not divide',
      (x) => {
        const small = g.convolution(x, kernel, undefined, { strides: [1, 1], padding: 'valid' });
        return g.resize(small, [20, 20], false);
      },
    ],
    ['a mean over one axis', (x) => g.reduce('mean', x, [1])],
  ])('is none: %s', (_, build) => {
    const x = input(12);
    expect(() => opened(x, build(x))).toThrow(expect.objectContaining({ code: 'incompatible' }));
  });
});
