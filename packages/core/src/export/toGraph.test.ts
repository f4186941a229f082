import * as tf from '@tensorflow/tfjs-core';
import { input, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { conv2d, defineOpLayer, image, registerLayerConverter, useEngine } from '../index.js';
import { denseNetwork } from '../segmentation/denseNetwork.js';
import { segmenter } from '../segmentation/segmenter.js';
import { inOrder } from './graph.js';
import { builtInConverters, toGraph } from './toGraph.js';

beforeAll(() => useEngine('cpu'));

const cube = defineOpLayer<{ readonly times: number }>({
  className: 'TestCube',
  call: ([x], { times }) => tf.mul(tf.pow(x, 3), times),
  outputShape: ([shape]) => shape,
});

function withLayer(layer: layers.Layer, shape: (number | null)[] = [4, 4, 2]) {
  const x = input({ shape, name: 'x' });
  return model({ inputs: x, outputs: layer.apply(x) as SymbolicTensor, name: 'net' });
}

describe('layers that cannot be exported', () => {
  it('are named, with what to do', async () => {
    await expect(toGraph(withLayer(cube('odd', { times: 2 })))).rejects.toMatchObject({
      code: 'incompatible',
      message: expect.stringContaining('TestCube'),
      where: { layer: 'odd' },
      hint: expect.stringContaining('registerLayerConverter'),
    });
  });

  it.each([
    ['channels first', layers.conv2d({ name: 'odd', filters: 2, kernelSize: 1, dataFormat: 'channelsFirst' })],
    ['another axis of batch norm', layers.batchNormalization({ name: 'odd', axis: 1 })],
    ['two axes of layer norm', layers.layerNormalization({ name: 'odd', axis: [1, 2] })],
  ])('are named: %s', async (_, layer) => {
    await expect(toGraph(withLayer(layer))).rejects.toMatchObject({ code: 'incompatible', where: { layer: 'odd' } });
  });

  it('are named: a resize of images of open size', async () => {
    const layer = layers.upSampling2d({ name: 'odd' });
    await expect(toGraph(withLayer(layer, [null, null, 2]))).rejects.toMatchObject({ where: { layer: 'odd' } });
  });
});

it("knows every layer of this library's own", () => {
  const registered = Object.keys(tf.serialization.SerializationMap.getMap().classNameMap);
  const own = registered.filter((name) => name.startsWith('Lulc'));
  expect(own.length).toBeGreaterThan(8);
  expect(own.filter((name) => !Object.hasOwn(builtInConverters, name))).toEqual([]);
});

it('takes layers that were registered', async () => {
  registerLayerConverter('TestCube', ([x], { graph, config }) =>
    graph.multiply(graph.multiply(graph.multiply(x, x), x), graph.scalar(config.times as number)),
  );
  const { outputs } = await toGraph(withLayer(cube('third', { times: 2 })));
  expect(outputs[0].name).toBe('third');
  expect(inOrder([outputs[0].node]).filter(({ op }) => op === 'binary')).toHaveLength(3);
});

it('knows sizes as the layers do', async () => {
  for (const [padding, strides, size, dilationRate] of [
    ['same', 2, 7, 1],
    ['valid', 3, 8, 1],
    ['same', 1, 5, 2],
    ['valid', 1, 9, 3],
  ] as const) {
    const layer = layers.conv2d({ filters: 3, kernelSize: 3, padding, strides, dilationRate });
    const net = withLayer(layer, [size, size + 1, 2]);
    const { outputs } = await toGraph(net);
    expect(outputs[0].node.shape).toEqual(net.outputs[0].shape);
  }
});

it('gives the logits of a segmenter at the size of the image', async () => {
  const scene = image({ shape: [8, 8, 2] });
  const output = conv2d({ filters: 3, kernelSize: 3, stride: 4 })(scene);
  const network = denseNetwork({ name: 'tiny', input: scene, output, features: [] });
  const { outputs } = await toGraph(segmenter(network, { classes: 5 }), { output: 'logits' });
  expect(outputs.map(({ name, node }) => [name, node.op, node.shape])).toEqual([['logits', 'resize', [null, 8, 8, 5]]]);
});

it('refuses to give the logits of what is no classifier', async () => {
  const flat = withLayer(layers.flatten());
  await expect(toGraph(flat, { output: 'logits' })).rejects.toMatchObject({ code: 'incompatible' });
});
