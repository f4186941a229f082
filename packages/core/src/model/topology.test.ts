import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { input, type LayersModel, layers, model, type SymbolicTensor, sequential } from '@tensorflow/tfjs-layers';
import { expect, test } from 'vitest';
import { loadModel } from './loadModel.js';
import { modelToBytes } from './saveModel.js';

const sum = (x: SymbolicTensor[], name: string) => layers.add({ name }).apply(x) as SymbolicTensor;

/** Shared layers, several inputs and outputs, models in models, models in wrappers: all that a graph may have. */
function graphs(): Record<string, LayersModel> {
  const [a, b] = ['a', 'b'].map((name) => input({ shape: [4], name }));
  const shared = layers.dense({ units: 4, name: 'shared' });
  const inner = sequential({
    name: 'inner',
    layers: [layers.dense({ units: 4, inputShape: [4], name: 'inner/dense' })],
  });
  const x = sum([shared.apply(a) as SymbolicTensor, shared.apply(b) as SymbolicTensor], 'sum');
  const twice = shared.apply(x) as SymbolicTensor;
  const nested = inner.apply(twice) as SymbolicTensor;
  const rows = layers.reshape({ targetShape: [2, 2], name: 'rows' }).apply(nested);
  const perRow = sequential({
    name: 'perRow',
    layers: [layers.dense({ units: 3, inputShape: [2], name: 'perRow/dense' })],
  });
  return {
    shared: model({ inputs: [a, b], outputs: [twice, x], name: 'shared' }),
    nested: model({ inputs: [a, b], outputs: nested, name: 'nested' }),
    wrapped: model({
      inputs: [a, b],
      outputs: layers.timeDistributed({ layer: perRow, name: 'wrapper' }).apply(rows) as SymbolicTensor,
      name: 'wrapped',
    }),
    sequential: sequential({
      layers: [
        layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [6, 6, 3], name: 'conv' }),
        layers.flatten({ name: 'flat' }),
      ],
    }),
  };
}

test('graphs of every kind are rebuilt as they were', async () => {
  for (const [name, original] of Object.entries(graphs())) {
    const copy = await loadModel(await modelToBytes(original), { onWarning: () => {} });
    tf.tidy(() => {
      const values = original.inputs.map(({ shape }, i) =>
        tf.randomUniform([2, ...(shape.slice(1) as number[])], 0, 1, 'float32', i + 1),
      );
      const [expected, found] = [original, copy].map((net) =>
        [net.predict(values)].flat().map((output) => Array.from(output.dataSync())),
      );
      expect([name, found]).toEqual([name, expected]);
    });
  }
});
