import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { conv2d, dense, feature, globalAveragePool, joinBands, pipe, useEngine } from '../index.js';
import { readCard } from '../model/card.js';
import { classifierFamily, type ModelOptions, optionsOfCard } from './classifierFamily.js';

beforeAll(() => useEngine('cpu'));

interface TinyOptions extends ModelOptions {
  readonly width?: number;
}

const tiny = classifierFamily<TinyOptions>('tiny', ({ width = 4, inputSize = 12 }) => ({
  inputSize,
  smallestInput: 10,
  configuration: { width },
  headDropout: 0.25,
  backbone: (input, bands) => {
    const output = conv2d({ name: `conv${bands.length}`, filters: width, kernelSize: 3, stride: 2 })(input);
    return { name: 'tiny', input, output, features: [feature(output, 2)] };
  },
  pooling: pipe(globalAveragePool(), dense({ name: 'projection', units: 5 })),
}));

const names = (model: LayersModel) => model.layers.map(({ name }) => name);

describe('classifierFamily', () => {
  it("takes the family's size, pooling and dropout, and the benchmark's bands and classes", () => {
    const model = tiny.build({});
    expect(model.inputs[0].shape).toEqual([null, 12, 12, 10]);
    expect(model.outputs[0].shape).toEqual([null, 19]);
    expect(names(model)).toEqual(expect.arrayContaining(['conv10', 'projection', 'dropout', 'features', 'head']));
    expect(readCard(model)).toMatchObject({
      family: 'tiny',
      configuration: { width: 4, headDropout: 0.25 },
      task: 'multi-label',
      inputSize: [12, 12],
    });
    model.dispose();
  });

  it('builds the same network again from its card', () => {
    const options = { width: 3, bands: ['B04', 'B08'], classes: ['Forest', 'River'], headDropout: 0, seed: 3 } as const;
    const model = tiny.build({ ...options, task: 'single-label', inputSize: 16 });
    const again = tiny.build(optionsOfCard(readCard(model)!) as TinyOptions);
    expect(again.toJSON(null, false)).toEqual(model.toJSON(null, false));
    expect(names(model)).not.toContain('dropout');
    model.dispose();
    again.dispose();
  });

  it('takes bands apart', () => {
    const model = tiny.buildFromBands(
      [
        { name: 'B02', size: 12 },
        { name: 'B05', size: 6 },
      ],
      { classes: 2 },
    );
    expect(model.inputs.map(({ shape }) => shape)).toEqual([
      [null, 12, 12],
      [null, 6, 6],
    ]);
    expect(readCard(model)?.bands).toEqual(['B02', 'B05']);
    model.dispose();
  });

  it('leaves bands apart to a network that treats them apart', () => {
    const seen: string[] = [];
    const twice = classifierFamily<ModelOptions>('twice', () => ({
      inputSize: 12,
      configuration: {},
      backbone: (input) => ({ name: 'twice', input, output: input, features: [] }),
      fromBands: (planes) => {
        seen.push(...planes.map(({ name, size }) => `${name} ${size}`));
        const fine = joinBands([planes[0]], 12);
        return { name: 'twice', input: fine, output: fine, features: [] };
      },
    }));
    const bands = [
      { name: 'B02', size: 12 },
      { name: 'B05', size: 6 },
    ];
    const model = twice.buildFromBands(bands, { classes: 2 });
    expect(seen).toEqual(['B02 12', 'B05 6']);
    expect(model.inputs.map(({ shape }) => shape)).toEqual([
      [null, 12, 12],
      [null, 6, 6],
    ]);
    expect(names(model).some((name) => name.startsWith('resize'))).toBe(false);
    model.dispose();
  });

  it.each([9, 12.5, Number.NaN])('refuses an input of %d pixels', (inputSize) => {
    const error = expect.objectContaining({ code: 'invalid-argument', where: { option: 'inputSize' } });
    expect(() => tiny.build({ inputSize })).toThrow(error);
    expect(() => tiny.resolve({ inputSize })).toThrow(error);
  });
});
