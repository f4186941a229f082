import { conv2d, countOperations, image, repeat, useEngine } from '@lulc/core';
import { model } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  benchmarkPresets,
  compoundScale,
  efficientNetSizes,
  predictGrowth,
  roundFilters,
  roundRepeats,
  roundResolution,
  scaleEfficientNet,
  scaleShape,
} from '../index.js';

beforeAll(() => useEngine('cpu'));

const paper = { alpha: 1.2, beta: 1.1, gamma: 1.15 };

const refusal = (option: string) => expect.objectContaining({ code: 'invalid-argument', where: { option } });

describe('compoundScale', () => {
  it('raises each coefficient to phi', () => {
    expect(compoundScale({ ...paper, phi: 0 })).toEqual({ depth: 1, width: 1, resolution: 1 });
    expect(compoundScale({ alpha: 2, beta: 3, gamma: 0.5, phi: 2 })).toEqual({ depth: 4, width: 9, resolution: 0.25 });
  });
  it.each([
    ['alpha', { ...paper, alpha: 0, phi: 1 }],
    ['beta', { ...paper, beta: Number.NaN, phi: 1 }],
    ['gamma', { ...paper, gamma: Number.POSITIVE_INFINITY, phi: 1 }],
    ['phi', { ...paper, phi: -1 }],
  ])('refuses a bad %s', (option, coefficients) => {
    expect(() => compoundScale(coefficients)).toThrow(refusal(option));
  });
});

describe('rounding', () => {
  it('of channels goes to the nearest multiple, but not more than 10 % down, nor to none', () => {
    expect([1, 11.9, 12, 17.6, 35.2, 70.4].map((value) => roundFilters(value))).toEqual([8, 16, 16, 16, 32, 72]);
    expect([1, 5.9, 6, 17.6].map((value) => roundFilters(value, 4))).toEqual([4, 8, 8, 16]);
    // 11 is nearer to 8 than to 16, but 8 would be 27 % less
    expect(roundFilters(11)).toBe(16);
    for (let value = 8; value < 2000; value += 0.7) {
      expect(roundFilters(value) % 8).toBe(0);
      expect(roundFilters(value)).toBeGreaterThanOrEqual(0.9 * value);
      expect(roundFilters(value)).toBeLessThan(value + 8);
    }
  });
  it('of blocks and of the input goes up', () => {
    expect([1, 1.1, 3.3].map(roundRepeats)).toEqual([1, 2, 4]);
    expect([60, 60.1, 84].map((value) => roundResolution(value))).toEqual([60, 70, 90]);
    expect(roundResolution(100, 32)).toBe(128);
  });
});

describe('predictGrowth', () => {
  it("is the paper's law: twice the multiply-adds at alpha·beta²·gamma² = 2", () => {
    const { flops } = predictGrowth(compoundScale({ alpha: 2, beta: 1, gamma: 1, phi: 3 }));
    expect(flops).toBe(8);
    expect(predictGrowth(compoundScale({ ...paper, phi: 1 })).flops).toBeCloseTo(1.2 * 1.21 * 1.3225, 12);
  });
  it('is what counting gives for networks that follow the law', () => {
    const chain = (depth: number, width: number, size: number) => {
      const input = image({ shape: [size, size, width] });
      const output = repeat(depth, () => conv2d({ filters: width, kernelSize: 3 }))(input);
      const network = model({ inputs: input, outputs: output });
      const activations = depth * width * size ** 2;
      const result = [countOperations(network).multiplyAdds, network.countParams(), activations];
      network.dispose();
      return result;
    };
    const base = chain(2, 4, 6);
    const scaled = chain(2 * 3, 4 * 2, 6 * 1.5);
    const { flops, parameters, activations } = predictGrowth({ depth: 3, width: 2, resolution: 1.5 });
    expect(scaled.map((value, i) => value / base[i])).toEqual([flops, parameters, activations]);
  });
});

describe('scaled shapes', () => {
  it('follow the rules they are given', () => {
    const base = { widths: [10, 20], repeats: [2, 5], inputSize: 64 };
    const factors = { width: 1.5, depth: 1.3, resolution: 1.2 };
    expect(scaleShape(base, factors)).toEqual({ widths: [16, 32], repeats: [3, 7], inputSize: 80 });
    expect(scaleShape(base, factors, { divisor: 5, resolutionStep: 32 })).toEqual({
      widths: [15, 30],
      repeats: [3, 7],
      inputSize: 96,
    });
    expect(() => scaleShape(base, { ...factors, depth: 0 })).toThrow(refusal('depth'));
  });

  /** Repeats, and widths of stem, stages and top: table of the specification (benchmark 1.2). */
  it.each([
    ['B0', [1, 2, 2, 3, 3, 4, 1], [32, 16, 24, 40, 80, 112, 192, 320, 1280]],
    ['B1', [2, 3, 3, 4, 4, 5, 2], [32, 16, 24, 40, 80, 112, 192, 320, 1280]],
    ['B2', [2, 3, 3, 4, 4, 5, 2], [32, 16, 24, 48, 88, 120, 208, 352, 1408]],
    ['B3', [2, 3, 3, 5, 5, 6, 2], [40, 24, 32, 48, 96, 136, 232, 384, 1536]],
    ['B4', [2, 4, 4, 6, 6, 8, 2], [48, 24, 32, 56, 112, 160, 272, 448, 1792]],
    ['B5', [3, 5, 5, 7, 7, 9, 3], [48, 24, 40, 64, 128, 176, 304, 512, 2048]],
    ['B6', [3, 6, 6, 8, 8, 11, 3], [56, 32, 40, 72, 144, 200, 344, 576, 2304]],
    ['B7', [4, 7, 7, 10, 10, 13, 4], [64, 32, 48, 80, 160, 224, 384, 640, 2560]],
  ] as const)('of EfficientNet %s are the published ones', (size, repeats, widths) => {
    const { stem, stages, top } = scaleEfficientNet({ ...efficientNetSizes[size], resolution: 1 });
    expect(stages.map((stage) => stage.repeats)).toEqual(repeats);
    expect([stem, ...stages.map(({ width }) => width), top]).toEqual(widths);
  });

  it('of the presets have the inputs of the specification in both orientations', () => {
    for (const presets of Object.values(benchmarkPresets)) {
      const inputs = Object.values(presets).map((preset) => scaleEfficientNet(compoundScale(preset)).inputSize);
      expect(inputs).toEqual([60, 60, 70, 80, 90, 100, 110, 120]);
    }
    expect(benchmarkPresets.standard.B4).toEqual({ alpha: 1.8, beta: 1.4, gamma: 1.4, phi: 1 });
    expect(benchmarkPresets.swapped.B4).toEqual({ alpha: 1.4, beta: 1.8, gamma: 1.4, phi: 1 });
  });
});
