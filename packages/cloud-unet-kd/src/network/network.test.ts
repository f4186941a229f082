import { countOperations, readCard, useEngine, weightArrays } from '@lulc/core';
import { exportOnnx } from '@lulc/core/onnx';
import { deepSupervisionHeads } from '@lulc/core/segmentation';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  countUnet,
  type PlainConvUnetOptions,
  plainConvUnet,
  type StudentUnetOptions,
  solveStudent,
  studentUnet,
} from '../index.js';
import { studentOptions } from './studentUnet.js';

beforeAll(() => useEngine('cpu'));

const capped = (first: readonly number[], cap: number, stages: number) =>
  Array.from({ length: stages }, (_, i) => first[i] ?? cap);
const teachers = {
  'v2 512': { widths: capped([32, 64, 128, 256], 512, 8), inputSize: 512 },
  'v2 384': { widths: capped([32, 64, 128, 256], 512, 7), inputSize: 384 },
  'v1 512': { widths: capped([32, 64, 128, 256], 480, 8), inputSize: 512, version: 'v1' },
  'v1 384': { widths: capped([32, 64, 128, 256], 480, 7), inputSize: 384, version: 'v1' },
} satisfies Record<string, PlainConvUnetOptions>;

describe('countUnet', () => {
  it.each([
    ['v2 512', 46_325_422, 59.8],
    ['v1 512', 41_263_296, 58.0],
    ['v2 384', 33_472_684, undefined],
    ['v1 384', 29_966_976, undefined],
  ] as const)('knows the published size of the %s teacher', (name, total, giga) => {
    const { parameters, deepHeads, statistics, multiplyAdds } = countUnet(teachers[name]);
    expect(parameters + deepHeads).toBe(total);
    expect(statistics).toBe(0);
    if (giga !== undefined) expect((multiplyAdds / 1e9).toFixed(1)).toBe(giga.toFixed(1));
  });

  // The table of the method's specification: parameters, and multiply-adds in 10⁹ for 512 pixels.
  it.each<[StudentUnetOptions, parameters: number, giga: string]>([
    [{ stages: 3, base: 4 }, 7_670, '0.43'],
    [{ stages: 3, base: 8 }, 29_866, '1.66'],
    [{ stages: 3, base: 16 }, 117_842, '6.47'],
    [{ stages: 3, base: 18 }, 148_916, '8.16'],
    [{ stages: 3, base: 19 }, 165_815, '9.08'],
    [{ stages: 3, base: 32 }, 468_130, '25.6'],
    [{ stages: 4, base: 4 }, 30_758, '0.61'],
    [{ stages: 4, base: 8 }, 121_610, '2.37'],
    [{ stages: 4, base: 9 }, 153_713, '2.99'],
    [{ stages: 4, base: 16 }, 483_602, '9.32'],
    [{ stages: 4, base: 32 }, 1_928_738, '37.0'],
    [{ stages: 5, base: 4 }, 122_502, '0.79'],
    [{ stages: 5, base: 8 }, 487_370, '3.08'],
    [{ stages: 5, base: 16 }, 1_944_210, '12.2'],
    [{ stages: 5, base: 32 }, 7_766_306, '48.4'],
    [{ stages: 8, base: 8, maxWidth: 24 }, 166_802, '1.97'],
    [{ stages: 8, base: 4, maxWidth: 24 }, 139_158, '0.69'],
  ])('knows the published size of the student %o', (shape, parameters, giga) => {
    const count = countUnet(studentOptions({ ...shape, inputSize: 512 }));
    expect(count.parameters).toBe(parameters);
    const digits = giga.length - giga.indexOf('.') - 1;
    expect((count.multiplyAdds / 1e9).toFixed(digits)).toBe(giga);
  });

  it.each<PlainConvUnetOptions>([
    {},
    { version: 'v1' },
    { norm: 'batch', activation: 'relu', upsampling: 'bilinear', classes: 4 },
    { norm: 'batch', bias: true, padding: 'same', bands: 3 },
    {
      strides: [
        [1, 1],
        [2, 2],
        [2, 1],
      ],
      kernels: [
        [3, 3],
        [3, 3],
        [3, 1],
      ],
      inputSize: [16, 8],
    },
  ])('counts what is built with %o', (options) => {
    const network = { widths: [4, 6, 10], inputSize: 16, ...options };
    const model = plainConvUnet(network);
    const { parameters, statistics, deepHeads, multiplyAdds } = countUnet(network);
    expect(model.countParams()).toBe(parameters + statistics);
    const trainable = model.trainableWeights.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a! * b!, 1)!, 0);
    expect(trainable).toBe(parameters);
    expect(deepSupervisionHeads(model).countParams() - model.countParams()).toBe(deepHeads);
    expect(countOperations(model)).toMatchObject({ multiplyAdds, uncounted: [] });
    model.dispose();
  });
});

describe('plainConvUnet', () => {
  const small = { widths: [4, 6], inputSize: 8, seed: 3 } as const;

  it('starts as nnU-Net does, the same for the same seed', async () => {
    const [a, b, other] = [small, small, { ...small, seed: 4 }].map((options) => plainConvUnet(options));
    const [weights, again, different] = await Promise.all([a, b, other].map((model) => weightArrays(model)));
    expect(again).toEqual(weights);
    const kernel = 'stage1/unit1/conv/kernel';
    expect(different.get(kernel)?.data).not.toEqual(weights.get(kernel)?.data);
    const wide = await weightArrays(plainConvUnet({ ...small, widths: [32, 64] }));
    for (const [path, fanIn] of [
      ['stage2/unit2/conv/kernel', 9 * 64],
      ['decoder/level1/unit1/conv/kernel', 9 * 64],
      ['decoder/level1/up/kernel', 4 * 32],
    ] as const) {
      const { data } = wide.get(path) as { data: Float32Array };
      const deviation = Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
      const wanted = Math.sqrt(2 / 1.0001 / fanIn);
      expect(Math.abs(deviation / wanted - 1), path).toBeLessThan(4 / Math.sqrt(2 * data.length));
    }
    expect(new Set(wide.get('stage1/unit1/conv/bias')?.data)).toEqual(new Set([0]));
  });

  it('has a card', () => {
    const model = plainConvUnet({
      ...small,
      bands: ['red', 'nir'],
      classes: ['clear', 'thin', 'thick'],
      version: 'v1',
    });
    expect(readCard(model)).toMatchObject({
      family: 'segmenter',
      task: 'segmentation',
      bands: ['red', 'nir'],
      classes: ['clear', 'thin', 'thick'],
      inputSize: [8, 8],
      configuration: {
        encoder: { family: 'plain-conv', widths: [4, 6], norm: 'instance', padding: 'symmetric' },
        decoder: { name: 'unet', widths: [4], upsampling: 'transposed', upsamplingBias: false },
        headBias: false,
        seed: 3,
      },
    });
  });

  it.each<[string, PlainConvUnetOptions, string]>([
    ['a size that strides do not divide', { inputSize: 18, widths: [4, 4, 4] }, 'invalid-argument'],
    ['no width', { widths: [] }, 'invalid-argument'],
    ['a width of nothing', { widths: [0] }, 'invalid-argument'],
    ['a stride too few', { widths: [4, 4], strides: [[1, 1]] }, 'invalid-argument'],
    ['even kernels', { widths: [4], kernels: [[2, 2]] }, 'invalid-argument'],
    ['another version', { version: 'v3' as 'v2' }, 'unknown-name'],
    ['another padding', { padding: 'mirror' as 'same' }, 'unknown-name'],
  ])('refuses %s', (_, options, code) => {
    expect(() => plainConvUnet(options)).toThrow(expect.objectContaining({ code }));
  });
});

describe('studentUnet', () => {
  it('has 121,610 parameters by default, and batch norms without idle biases where they are asked for', () => {
    expect(studentUnet({ inputSize: 16 }).countParams()).toBe(121_610);
    const names = studentUnet({ stages: 2, base: 2, norm: 'batch', inputSize: 8 }).weights.map((w) => w.originalName);
    expect(names).toContain('stage1/unit1/bn/moving_mean');
    expect(names.filter((name) => name.endsWith('conv/bias'))).toEqual([]);
  });
});

describe('exported files', () => {
  it('have no batch norms, which go into the convolutions, but instance norms', async () => {
    const operators = async (options: StudentUnetOptions) => {
      const bytes = await exportOnnx(studentUnet({ stages: 2, base: 2, inputSize: 8, ...options }));
      const text = new TextDecoder('latin1').decode(bytes);
      return ['BatchNormalization', 'InstanceNormalization', 'LeakyRelu'].filter((name) => text.includes(name));
    };
    expect(await operators({ norm: 'batch', activation: 'relu' })).toEqual([]);
    expect(await operators({})).toEqual(['InstanceNormalization', 'LeakyRelu']);
  });
});

describe('solveStudent', () => {
  it.each([
    ['v2 512', 3, 19, '279.4'],
    ['v1 512', 3, 18, '277.1'],
    ['v2 384', 3, 16, '284.0'],
  ] as const)('finds the published student of the %s teacher', (name, stages, base, ratio) => {
    const found = solveStudent({ teacher: countUnet(teachers[name]), inputSize: 512, stages: [3, 4, 5] });
    expect(found).toHaveLength(5);
    expect(found[0]).toMatchObject({ stages, base });
    expect(found[0].ratio.toFixed(1)).toBe(ratio);
    const off = found.map((candidate) => Math.abs(Math.log(candidate.ratio / 280)));
    expect(off).toEqual([...off].sort((a, b) => a - b));
    for (const { parameters, ratio: exact } of found) {
      const { parameters: one, deepHeads } = countUnet(teachers[name]);
      expect(exact).toBeCloseTo((one + deepHeads) / parameters, 6);
    }
  });

  it('keeps to a budget of multiply-adds, to what the size allows, and to other common options', () => {
    const [best] = solveStudent({ teacher: 33_472_684, maxMacs: 1e9, inputSize: 512 });
    expect(best.multiplyAdds).toBeLessThanOrEqual(1e9);
    expect(best.stages).toBeGreaterThan(4);
    const shallow = solveStudent({ teacher: 1e6, ratio: 10, inputSize: [24, 48], norm: 'batch', candidates: 100 });
    expect(Math.max(...shallow.map(({ stages }) => stages))).toBe(4);
    expect(shallow[0].statistics).toBeGreaterThan(0);
    expect(() => solveStudent({ teacher: 1e6, maxMacs: 1 })).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    );
    expect(() => solveStudent({ teacher: 1e6, ratio: 0 })).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    );
  });
});
