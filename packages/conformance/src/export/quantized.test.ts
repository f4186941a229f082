import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  batchNorm,
  classifier,
  conv2d,
  feature,
  image,
  leakyRelu,
  loadWeights,
  pipe,
  relu,
  useEngine,
  weightArrays,
} from '@lulc/core';
import { exportOnnx, exportQuantizedOnnx } from '@lulc/core/onnx';
import { denseNetwork, segmenter, type UnetUpsampling, unetDecoder } from '@lulc/core/segmentation';
import { scaledWRN } from '@lulc/wrn-eca';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { inputsOf, largestDifference, predictions } from './compare.js';
import { loadOnnxRuntime, onnxProgram, type Values } from './onnxRuntime.js';
import { randomise } from './randomise.js';
import { smallModels } from './smallModels.js';

const runtime = await loadOnnxRuntime();

beforeAll(() => useEngine('wasm'));

/** A U-Net of batch norms for 8 bits. */
function student(
  upsampling: UnetUpsampling,
  activation: typeof relu | typeof leakyRelu,
  size = 16,
  bands = 4,
  width = 6,
): LayersModel {
  const input = image({ shape: [size, size, bands], seed: 1 });
  const unit = (filters: number, stride: number) =>
    pipe(conv2d({ filters, kernelSize: 3, stride }), batchNorm(), activation());
  const fine = pipe(unit(width, 1), unit(width, 1))(input);
  const output = unit(20, 2)(fine);
  const backbone = { name: 'student', input, output, features: [feature(fine, 1), feature(output, 2)] };
  return segmenter(denseNetwork(backbone, unetDecoder({ widths: [width === 6 ? 8 : width], upsampling })), {
    classes: 2,
  });
}

const asBatch = ({ data, shape }: Values) => ({ images: data, imageShape: shape });

function meanDifference(got: Values, expected: Values): number {
  expect(got.shape).toEqual(expected.shape);
  return got.data.reduce((sum, value, i) => sum + Math.abs(value - expected.data[i]), 0) / got.data.length;
}

/** Operators of a file after ONNX Runtime has made of it what it runs. */
async function operatorsRun(bytes: Uint8Array): Promise<Record<string, number>> {
  const folder = await mkdtemp(join(tmpdir(), 'lulc-int8-'));
  try {
    const file = join(folder, 'optimised.onnx');
    const options = { logSeverityLevel: 3, optimizedModelFilePath: file } as const;
    await runtime!.InferenceSession.create(bytes, options);
    const text = (await readFile(file)).toString('latin1');
    // In a node's message the operator stands behind its tag (0x22) and length.
    const operators = [
      'Conv',
      'FusedConv',
      'QLinearConv',
      'QLinearConcat',
      'QLinearLeakyRelu',
      'QLinearAdd',
      'QGemm',
      'Pad',
      'Gather',
    ];
    const count = (operator: string) => text.split(`\x22${String.fromCharCode(operator.length)}${operator}`).length - 1;
    return Object.fromEntries(operators.map((operator) => [operator, count(operator)]).filter(([, n]) => n !== 0));
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe.skipIf(runtime === undefined)('8 bits in ONNX Runtime', () => {
  it('are the integers that follow from weights and ranges', async () => {
    const input = image({ shape: [3, 3, 1], seed: 1 });
    const step = pipe(conv2d({ name: 'first', filters: 2, kernelSize: 2, bias: true, padding: 'valid' }), relu());
    const output = step(input);
    const model = classifier({ name: 'hand', input, output, features: [feature(output, 1)] }, { classes: 1 });
    await randomise(model, 5);
    const weights = await weightArrays(model);
    const [x] = inputsOf(model, 1);
    const { bytes, tensors } = await exportQuantizedOnnx(model, {
      calibration: [asBatch(x)],
      method: 'min-max',
      correctBias: false,
      output: 'features',
    });
    // With the pooled features as output, there is one convolution, whose result is not rounded.
    expect(tensors.map(({ name }) => name)).toEqual(['image']);
    const [{ scale, zeroPoint }] = tensors;
    const quanta = [...x.data].map((value) => Math.round(value / scale) + zeroPoint);
    expect(Math.min(...quanta)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...quanta)).toBeLessThanOrEqual(255);
    const kernel = weights.get('first/kernel')!.data;
    const bias = weights.get('first/bias')!.data;
    const pooled = [0, 1].map((c) => {
      const step = Math.max(...[0, 1, 2, 3].map((tap) => Math.abs(kernel[2 * tap + c]))) / 127;
      const offset = Math.round(bias[c] / (step * scale));
      const sums = [0, 1, 3, 4].map((corner) =>
        [0, 1, 3, 4].reduce(
          (sum, at, tap) => sum + (quanta[corner + at] - zeroPoint) * Math.round(kernel[2 * tap + c] / step),
          offset,
        ),
      );
      return sums.reduce((sum, value) => sum + Math.max(0, value * step * scale), 0) / 4;
    });
    const program = await onnxProgram(runtime!, bytes);
    const got = (await program.run({ [program.inputNames[0]]: x }))[program.outputNames[0]];
    for (const [c, value] of pooled.entries()) expect(got.data[c]).toBeCloseTo(value, 5);
    model.dispose();
  });

  it.each([
    ['transposed', relu, { QLinearConv: 6, QLinearConcat: 1, FusedConv: 1 }],
    ['bilinear', leakyRelu, { QLinearConv: 5, QLinearConcat: 1, QLinearLeakyRelu: 3, FusedConv: 1 }],
  ] as const)('run a U-Net of %s maps in integer kernels', async (upsampling, activation, operators) => {
    const model = student(upsampling, activation);
    await randomise(model, 4);
    const calibration = [asBatch(inputsOf(model, 4)[0])];
    const [x] = inputsOf(model, 2);
    const [expected] = predictions(model, [x]);
    for (const options of [
      {},
      { leastChannels: 1 },
      { layout: 'nchw' },
      { activations: 'int8' },
      { opset: 21 },
    ] as const) {
      const { bytes } = await exportQuantizedOnnx(model, { calibration, ...options });
      if (options.activations !== 'int8') expect(await operatorsRun(bytes)).toEqual(operators);
      if (options.layout === 'nchw') continue;
      const program = await onnxProgram(runtime!, bytes);
      const got = (await program.run({ [program.inputNames[0]]: x }))[program.outputNames[0]];
      expect(largestDifference(got, expected)).toBeGreaterThan(0);
      expect(meanDifference(got, expected)).toBeLessThan(0.02);
    }
    model.dispose();
  });

  it.each([
    ['transposed', relu, ['Pad', 'Gather']],
    ['bilinear', leakyRelu, ['Pad']],
  ] as const)(
    'are the same with channels of zeros, which take little of the file: maps by %s',
    async (upsampling, activation, operators) => {
      // Bands that are not read by fours, maps of one and of three images side by side.
      const model = student(upsampling, activation, 16, 6, 3);
      await randomise(model, 4);
      const [x] = inputsOf(model, 2);
      const made = await Promise.all(
        [1, 16].map(async (leastChannels) => {
          const options = { calibration: [asBatch(x)], leastChannels, output: 'logits' } as const;
          const { bytes } = await exportQuantizedOnnx(model, { ...options, method: { percentile: 0.999 } });
          const program = await onnxProgram(runtime!, bytes);
          const logits = (await program.run({ [program.inputNames[0]]: x }))[program.outputNames[0]];
          return { bytes, logits, operators: await operatorsRun(bytes) };
        }),
      );
      const [narrow, wide] = made;
      expect([...wide.logits.data]).toEqual([...narrow.logits.data]);
      expect(wide.bytes.length - narrow.bytes.length).toBeLessThan(4000);
      // What puts zeros back is gone when the file is loaded.
      expect(wide.operators.QLinearConv).toBe(narrow.operators.QLinearConv);
      for (const operator of operators) {
        expect(Buffer.from(wide.bytes).includes(operator), operator).toBe(true);
        expect(wide.operators).not.toHaveProperty(operator);
      }
      model.dispose();
    },
  );

  it.each([
    'wide ResNet',
    'wide ResNet with ECA',
    'wide ResNet with SE and ghosts',
    'vision transformer',
    'instance norm and leaky ReLU',
    'any image size',
  ])('cost a classifier little: %s', async (name) => {
    const model = smallModels[name]();
    await randomise(model, 4);
    const calibration = [asBatch(inputsOf(model, 6)[0])];
    const { bytes, integerLayers } = await exportQuantizedOnnx(model, { calibration });
    expect(integerLayers).toContain('head');
    const [x] = inputsOf(model, 3);
    const [expected] = predictions(model, [x]);
    const program = await onnxProgram(runtime!, bytes);
    const got = (await program.run({ [program.inputNames[0]]: x }))[program.outputNames[0]];
    expect(largestDifference(got, expected)).toBeLessThan(0.1);
    model.dispose();
  });
});

describe.skipIf(runtime === undefined)('a file for images of any size', () => {
  it.each([
    ['transposed', relu],
    ['bilinear', leakyRelu],
  ] as const)('gives what the network of another size gives, maps by %s', async (upsampling, activation) => {
    const [built, larger] = [16, 24].map((size) => student(upsampling, activation, size));
    await randomise(built, 4);
    loadWeights(larger, await weightArrays(built));
    const [x] = inputsOf(larger, 2);
    const [expected] = predictions(larger, [x]);
    const calibration = [asBatch(inputsOf(built, 2)[0])];
    const quantized = await exportQuantizedOnnx(built, { calibration, dynamicSize: true });
    for (const [bytes, tolerance] of [
      [await exportOnnx(built, { dynamicSize: true }), 1e-6],
      [quantized.bytes, 0.02],
    ] as const) {
      const program = await onnxProgram(runtime!, bytes);
      const got = (await program.run({ [program.inputNames[0]]: x }))[program.outputNames[0]];
      expect(meanDifference(got, expected)).toBeLessThan(tolerance);
      expect(Buffer.from(bytes).toString('latin1')).toContain('[2,2]');
    }
    built.dispose();
    larger.dispose();
  });

  it('is not made of a network that is bound to its size', async () => {
    const model = smallModels['vision transformer']();
    await expect(exportOnnx(model, { dynamicSize: true })).rejects.toMatchObject({ code: 'incompatible' });
    model.dispose();
  });

  it('of a classifier gives what the classifier of another size gives', async () => {
    const options = { classes: 5, bands: 3, seed: 1, attention: 'eca' } as const;
    const [built, larger] = [16, 24].map((inputSize) => scaledWRN({ ...options, inputSize }));
    await randomise(built, 4);
    loadWeights(larger, await weightArrays(built));
    const [x] = inputsOf(larger, 2);
    const program = await onnxProgram(runtime!, await exportOnnx(built, { dynamicSize: true }));
    const got = (await program.run({ [program.inputNames[0]]: x }))[program.outputNames[0]];
    expect(largestDifference(got, predictions(larger, [x])[0])).toBeLessThan(1e-4);
  });
});
