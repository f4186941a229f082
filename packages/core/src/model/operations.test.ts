import { layers, sequential, model as tfModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Block,
  batchNorm,
  conv2d,
  countOperations,
  dense,
  depthwiseConv2d,
  eca,
  ghostConv2d,
  globalAveragePool,
  image,
  multiHeadAttention,
  pipe,
  type Rank,
  relu,
  reshape,
  shared,
  useEngine,
} from '../index.js';
import { add } from '../layers/merge.js';

beforeAll(() => useEngine('cpu'));

const over = (shape: readonly [number | null, number | null, number], block: Block<4, Rank>) => {
  const x = image({ shape });
  return tfModel({ inputs: x, outputs: block(x) });
};

describe('countOperations', () => {
  it.each<[string, Block<4, Rank>, number]>([
    ['convolution, bias not counted', conv2d({ filters: 6, kernelSize: 3, bias: true }), 10 * 7 * 9 * 4 * 6],
    ['with a stride', conv2d({ filters: 6, kernelSize: [3, 5], stride: 2 }), 5 * 4 * 15 * 4 * 6],
    ['without padding', conv2d({ filters: 6, kernelSize: 3, padding: 'valid' }), 8 * 5 * 9 * 4 * 6],
    ['dilated', conv2d({ filters: 2, kernelSize: 3, dilation: 2, padding: 'valid' }), 6 * 3 * 9 * 4 * 2],
    ['depthwise', depthwiseConv2d({ kernelSize: 5, stride: 2 }), 5 * 4 * 25 * 4],
    ['dense', pipe(globalAveragePool(), dense({ units: 9 })), 4 * 9],
    ['normalisation and activation', pipe(batchNorm(), relu()), 0],
    ['channel attention: a 1-D convolution over the channels', eca(), 4 * 1],
    ['ghost convolution', ghostConv2d({ filters: 8, kernelSize: 1, form: 'intended' }), 70 * (4 * 4 + 9 * 4)],
  ])('%s', (_, block, expected) => {
    const { multiplyAdds, uncounted } = countOperations(over([10, 7, 4], block));
    expect({ multiplyAdds, uncounted }).toEqual({ multiplyAdds: expected, uncounted: [] });
  });

  it('counts attention: four projections, and two products of all pairs of tokens', () => {
    const block = pipe(reshape<4, 3>([70, 4]), multiHeadAttention({ heads: 2, keyDim: 3 }));
    expect(countOperations(over([10, 7, 4], block)).multiplyAdds).toBe(4 * 70 * 4 * 6 + 2 * 70 * 70 * 6);
  });

  it('counts shared layers at each use, under one path', () => {
    const twice: Block<4> = (x) => {
      const block = shared(conv2d({ name: 'once', filters: 4, kernelSize: 1 }));
      return add([block(x), block(relu()(x))]);
    };
    expect(countOperations(over([5, 5, 4], twice)).layers).toEqual([
      { path: 'once', kind: 'Conv2D', multiplyAdds: 2 * 25 * 16 },
    ]);
  });

  it('counts only what leads to the outputs of the model', () => {
    const x = image({ shape: [8, 8, 2] });
    const early = conv2d({ filters: 3, kernelSize: 1 })(x);
    const late = conv2d({ filters: 5, kernelSize: 1 })(early);
    expect(countOperations(tfModel({ inputs: x, outputs: early })).multiplyAdds).toBe(64 * 2 * 3);
    expect(countOperations(tfModel({ inputs: x, outputs: late })).multiplyAdds).toBe(64 * (2 * 3 + 3 * 5));
  });

  it('takes the size of the image where the model leaves it open', () => {
    const open = over([null, null, 3], conv2d({ filters: 4, kernelSize: 3, stride: 2 }));
    expect(countOperations(open, [9, 6]).multiplyAdds).toBe(5 * 3 * 9 * 3 * 4);
    expect(() => countOperations(open)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
    const fixed = over([8, 8, 3], conv2d({ filters: 4, kernelSize: 3 }));
    expect(() => countOperations(fixed, [9, 8])).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
    expect(countOperations(fixed, [8, 8])).toEqual(countOperations(fixed));
  });

  it("counts transposed convolutions by their input, and models of TF.js' own layers", () => {
    const up = sequential({
      layers: [layers.conv2dTranspose({ inputShape: [4, 4, 3], filters: 2, kernelSize: 2, strides: 2, name: 'up' })],
    });
    expect(countOperations(up).multiplyAdds).toBe(16 * 4 * 3 * 2);
    const x = image({ shape: [4, 4, 3] });
    const nested = tfModel({ inputs: x, outputs: up.apply(x) as typeof x });
    expect(countOperations(nested).layers).toEqual(countOperations(up).layers);
  });

  it('names layers with weights that it does not know', () => {
    const recurrent = sequential({
      layers: [layers.simpleRNN({ inputShape: [5, 3], units: 2, name: 'rnn', recurrentInitializer: 'zeros' })],
    });
    expect(countOperations(recurrent)).toEqual({ multiplyAdds: 0, layers: [], uncounted: ['rnn'] });
  });
});
