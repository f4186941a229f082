import { type LayersModel, model as tfModel } from '@tensorflow/tfjs-layers';
import { PbfReader } from 'pbf';
import { beforeAll, describe, expect, it } from 'vitest';
import { conv2d, image, leakyRelu, loadWeights, maxPool, pipe, relu, useEngine } from '../../index.js';
import type { Block } from '../../layers/sym.js';
import { tinyClassifier } from '../../testing/tinyClassifier.js';
import type { CalibrationBatch } from './calibrate.js';
import { exportQuantizedOnnx, type QuantizedOnnxOptions } from './exportQuantizedOnnx.js';

beforeAll(() => useEngine('cpu'));

type Fields = Record<number, (number | Uint8Array)[]>;

function fields(bytes: Uint8Array): Fields {
  return new PbfReader(bytes).readFields<Fields>((tag, into, reader) => {
    into[tag] ??= [];
    into[tag].push(reader.type === 2 ? reader.readBytes().slice() : reader.readVarint());
  }, {});
}

const text = (value: number | Uint8Array | undefined) => new TextDecoder().decode(value as Uint8Array);

const arrays = { 1: Float32Array, 2: Uint8Array, 3: Int8Array, 6: Int32Array } as const;

/** Operators in order, the values of a file by name, and those of the factors by which values are multiplied. */
function contents(file: Uint8Array): {
  readonly operators: string[];
  values(name: string): number[];
  factors(name: string): number[];
} {
  const graph = fields(fields(file)[7][0] as Uint8Array);
  const tensors = new Map(
    (graph[5] as Uint8Array[]).map((bytes) => {
      const tensor = fields(bytes);
      const type = arrays[tensor[2][0] as keyof typeof arrays];
      const raw = (tensor[9]?.[0] ?? new Uint8Array(0)) as Uint8Array;
      return [text(tensor[8][0]), type === undefined ? [] : [...new type(raw.slice().buffer)]];
    }),
  );
  const nodes = (graph[1] as Uint8Array[]).map(fields);
  const values = (name: string) => tensors.get(name) ?? [];
  return {
    operators: nodes.map((node) => text(node[4][0])),
    values,
    factors: (name) => values(text(nodes.find((node) => text(node[1][0]) === name)?.[1][1])),
  };
}

function network(block: Block<4>, shape: [number, number, number] = [2, 2, 1]): LayersModel {
  const input = image({ shape, name: 'image' });
  return tfModel({ inputs: input, outputs: block(input), name: 'net' });
}

const weight = (shape: number[], ...values: number[]) => ({
  dtype: 'float32' as const,
  shape,
  data: Float32Array.from(values),
});

const batch = (values: readonly number[], imageShape = [1, 2, 2, 1]): CalibrationBatch => ({
  images: Float32Array.from(values),
  imageShape,
});

describe('a network in integers', () => {
  const model = () => {
    const built = network(
      pipe(
        conv2d({ name: 'first', filters: 2, kernelSize: 1, bias: true }),
        relu({ name: 'relu' }),
        conv2d({ name: 'last', filters: 1, kernelSize: 1, bias: true }),
      ),
    );
    loadWeights(
      built,
      new Map(
        Object.entries({
          'first/kernel': weight([1, 1, 1, 2], 2, -0.5),
          'first/bias': weight([2], 1, 0.25),
          'last/kernel': weight([1, 1, 2, 1], 1, -0.3),
          'last/bias': weight([1], -1),
        }),
      ),
    );
    return built;
  };
  const calibration = [batch([-1, 0, 1, 1.55])];

  it('has the numbers that follow from its weights and ranges', async () => {
    const { bytes, tensors, integerLayers, batches } = await exportQuantizedOnnx(model(), {
      calibration,
      method: 'min-max',
      leastChannels: 1,
    });
    expect(batches).toBe(1);
    expect(integerLayers).toEqual(['first', 'last']);
    // From -1 to 1.55 by steps of 0.01, and of 2 · 1.55 + 1 = 4.1 from 0.
    expect(tensors.map(({ name, zeroPoint }) => [name, zeroPoint])).toEqual([
      ['image', 100],
      ['relu', 0],
    ]);
    expect(tensors[0].scale).toBeCloseTo(0.01, 8);
    expect(tensors[1].scale).toBeCloseTo(4.1 / 255, 8);
    const { operators, values, factors } = contents(bytes);
    // The image twice, since it is turned; the ReLU is gone, and the end is not rounded.
    expect(operators.filter((operator) => operator === 'QuantizeLinear')).toHaveLength(3);
    expect(operators.filter((operator) => ['Relu', 'Conv'].includes(operator))).toEqual(['Conv', 'Conv']);
    expect(values('first/kernel/int8')).toEqual([127, -127]);
    const scales = factors('first/kernel/int8');
    expect(scales[0]).toBeCloseTo(2 / 127, 8);
    expect(scales[1]).toBeCloseTo(0.5 / 127, 8);
    // Biases by the steps of image and kernel: 1 / (0.01 · 2/127) and 0.25 / (0.01 · 0.5/127).
    expect(values('first/bias/int32')).toEqual([6350, 6350]);
    expect(values('last/kernel/int8')).toEqual([127, Math.round(-0.3 * 127)]);
    // Less what the rounding of -0.3 adds to the mean: the second channel is 0.75, 0.25, 0 and 0.
    const added = (Math.round(-0.3 * 127) / 127 + 0.3) * 0.25;
    expect(values('last/bias/int32')).toEqual([Math.round((-1 - added) / ((4.1 / 255) * (1 / 127)))]);
    expect(Math.round((-1 - added) / ((4.1 / 255) * (1 / 127)))).not.toBe(Math.round(-1 / ((4.1 / 255) * (1 / 127))));
  });

  it('has weights of 7 bits, activations with a sign, and layers in floating point when told to', async () => {
    const { bytes, tensors, integerLayers } = await exportQuantizedOnnx(model(), {
      calibration,
      method: 'min-max',
      leastChannels: 1,
      weightBits: 7,
      activations: 'int8',
      float: ['first'],
    });
    expect(integerLayers).toEqual(['last']);
    // The image is not rounded: nothing in integers reads it.
    expect(tensors.map(({ name, zeroPoint }) => [name, zeroPoint])).toEqual([['relu', -128]]);
    const { operators, values } = contents(bytes);
    expect(operators).toContain('Relu');
    expect(values('last/kernel/int8')).toEqual([63, Math.round(-0.3 * 63)]);
    expect(values('first/kernel')).toEqual([2, -0.5]);
  });

  it('has more channels where there are few, of zeros', async () => {
    const { bytes } = await exportQuantizedOnnx(model(), { calibration, method: 'min-max', leastChannels: 4 });
    const { values } = contents(bytes);
    // Of each of four channels the weights of four bands, the image's one and what is there to fill up.
    expect(values('first/kernel/int8')).toEqual([127, 0, 0, 0, -127, 0, 0, 0, ...new Array<number>(8).fill(0)]);
    expect(values('first/bias/int32')).toEqual([6350, 6350, 0, 0]);
    expect(values('last/kernel/int8')).toEqual([127, Math.round(-0.3 * 127)]);
  });
});

it('takes a batch of as many as asked for, and a bias far larger than its kernel', async () => {
  const built = network(
    pipe(
      conv2d({ name: 'first', filters: 1, kernelSize: 1, bias: true }),
      maxPool({ name: 'pooled', size: 2 }),
      leakyRelu({ name: 'leaky' }),
      conv2d({ name: 'last', filters: 1, kernelSize: 1 }),
    ),
  );
  loadWeights(
    built,
    new Map(
      Object.entries({
        'first/kernel': weight([1, 1, 1, 1], 1e-12),
        'first/bias': weight([1], 3),
        'last/kernel': weight([1, 1, 1, 1], 1),
      }),
    ),
  );
  let asked = 0;
  async function* endless(): AsyncGenerator<CalibrationBatch> {
    for (;;) {
      asked++;
      yield batch([1, 0, 0, asked]);
    }
  }
  const { bytes, batches, tensors } = await exportQuantizedOnnx(built, {
    calibration: endless(),
    batches: 3,
    method: 'min-max',
    leastChannels: 1,
  });
  expect([batches, asked]).toEqual([3, 3]);
  expect(tensors.find(({ name }) => name === 'image')?.scale).toBeCloseTo(3 / 255, 8);
  // Pooling keeps the quanta of what it pools.
  const [first, pooled] = ['first', 'pooled'].map((name) => tensors.find((tensor) => tensor.name === name));
  expect(first?.scale).toBeCloseTo(3 / 255, 8);
  expect(pooled).toEqual({ ...first, name: 'pooled' });
  const [bias] = contents(bytes).values('first/bias/int32');
  const [scale] = contents(bytes).factors('first/bias/int32');
  expect(bias * scale).toBeCloseTo(3, 6);
});

describe('what cannot be', () => {
  const imageShape = [2, 6, 6, 3];
  const fitting = batch(new Array<number>(2 * 6 * 6 * 3).fill(0), imageShape);
  it.each<[string, Partial<QuantizedOnnxOptions>, string]>([
    ['no batch', { calibration: [] }, 'invalid-argument'],
    [
      'values that are not finite',
      { calibration: [batch([...fitting.images].fill(Number.NaN), imageShape)] },
      'invalid-argument',
    ],
    ['a batch of another shape', { calibration: [batch([1, 2, 3, 4])] }, 'shape-mismatch'],
    ['two batches for one input', { calibration: [[fitting, fitting]] }, 'shape-mismatch'],
    ['a layer that is none', { float: ['hed'] }, 'unknown-name'],
    ['half a batch', { batches: 0.5 }, 'invalid-argument'],
    ['no channel', { leastChannels: 0 }, 'invalid-argument'],
    ['weights of 6 bits', { weightBits: 6 as 7 }, 'invalid-argument'],
    ['another type', { activations: 'int16' as 'int8' }, 'invalid-argument'],
    ['another method', { method: 'median' as 'mse' }, 'invalid-argument'],
    ['a percentile in percent', { method: { percentile: 99.9 } }, 'invalid-argument'],
    ['an aborted signal', { signal: AbortSignal.abort() }, 'aborted'],
  ])('%s', async (_, options, code) => {
    const model = tinyClassifier('multi-label');
    const made = exportQuantizedOnnx(model, { calibration: [fitting], ...options });
    await expect(made).rejects.toMatchObject({ code });
    model.dispose();
  });
});
