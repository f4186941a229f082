import { type ImageArray, isLulcError } from '@lulc/core';
import { describe, expect, it } from 'vitest';
import { maskLegend } from './classLegend.js';
import { decodeMask, type MaskCoding } from './maskCoding.js';

const strict = { unknown: 'error' } as const;

function row(values: readonly number[], channels = 1): ImageArray {
  return { data: Uint8Array.from(values), shape: [1, values.length / channels, channels] };
}

function failure(body: () => unknown): unknown {
  try {
    body();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('a legend', () => {
  it('numbers a list of names from 0', () => {
    const { classes, coding } = maskLegend(['land', 'water'], [9], strict);
    expect(classes).toEqual(['land', 'water']);
    expect([...decodeMask(row([0, 1, 9, 1]), coding, 'm').data]).toEqual([0, 1, 255, 1]);
  });

  it('takes values in any order, several of them for one class', () => {
    const { classes, coding } = maskLegend({ clear: 128, shadow: 64, cloud: [192, 255] }, [0], strict);
    expect(classes).toEqual(['clear', 'shadow', 'cloud']);
    expect([...decodeMask(row([0, 64, 128, 192, 255]), coding, 'm').data]).toEqual([255, 1, 0, 2, 2]);
  });

  it('takes colours', () => {
    const { coding } = maskLegend({ water: '#0000ff', urban: '#00FFFF' }, ['#000000'], strict);
    const mask = row([0, 255, 255, 0, 0, 255, 0, 0, 0], 3);
    expect([...decodeMask(mask, coding, 'm').data]).toEqual([1, 0, 255]);
  });

  it.each([
    ['no classes', {}, []],
    ['numbers beside colours', { a: 1, b: '#000000' }, []],
    ['a value twice', { a: 1, b: [2, 1] }, []],
    ['a value that is ignored, too', { a: 1 }, [1]],
    ['a value that is no whole number', { a: 1.5 }, []],
    ['a value below 0', { a: -1 }, []],
    ['what is no colour', { a: 'red' }, []],
  ])('refuses %s', (_, classes, ignore) => {
    expect(
      isLulcError(
        failure(() => maskLegend(classes, ignore, strict)),
        'invalid-argument',
      ),
    ).toBe(true);
  });

  it('has at most 255 classes, as 255 is the mark of ignored pixels', () => {
    const names = Array.from({ length: 256 }, (_, i) => `class ${i}`);
    expect(() => maskLegend(names, [], strict)).toThrow(/256 classes/);
    expect(maskLegend(names.slice(1), [], strict).classes).toHaveLength(255);
  });
});

describe('a stored mask', () => {
  const index: MaskCoding = {
    kind: 'index',
    table: [
      [1, 0],
      [2, 1],
    ],
    unknown: 'error',
  };
  const colour: MaskCoding = {
    kind: 'colour',
    table: [
      [0x0000ff, 0],
      [0xffff00, 1],
    ],
    unknown: 'error',
  };

  it('names the pixel and the value that means nothing', () => {
    const mask: ImageArray = { data: Uint8Array.of(1, 1, 1, 2, 7, 1), shape: [2, 3, 1] };
    const error = failure(() => decodeMask(mask, index, 'masks/a.png'));
    expect(error).toMatchObject({ code: 'corrupt-file', where: { file: 'masks/a.png', row: 1, column: 1 } });
    expect(String(error)).toMatch(/holds 7,/);
    const wrongColour = failure(() => decodeMask(row([0, 0, 255, 0, 0, 254], 3), colour, 'b.png'));
    expect(wrongColour).toMatchObject({ code: 'corrupt-file', where: { file: 'b.png', row: 0, column: 1 } });
    expect(String(wrongColour)).toMatch(/#0000fe.*#0000ff, #ffff00/);
  });

  it('may have such pixels ignored', () => {
    expect([...decodeMask(row([1, 7, 2]), { ...index, unknown: 'ignore' }, 'm').data]).toEqual([0, 255, 1]);
  });

  it('is cut at a threshold where colours went through a lossy format', () => {
    const mask = row([3, 120, 128, 250, 255, 127], 3);
    expect([...decodeMask(mask, { ...colour, threshold: 128 }, 'm').data]).toEqual([0, 1]);
    expect(() => decodeMask(mask, colour, 'm')).toThrow(/#037880/);
  });

  it('may be grey in three channels, or a grey colour in one', () => {
    expect([...decodeMask(row([2, 2, 2, 1, 1, 1], 3), index, 'm').data]).toEqual([1, 0]);
    const greys: MaskCoding = {
      kind: 'colour',
      table: [
        [0, 0],
        [0xffffff, 1],
      ],
      unknown: 'error',
    };
    expect([...decodeMask(row([0, 255]), greys, 'm').data]).toEqual([0, 1]);
  });

  it('may have 16 bit and an alpha channel', () => {
    const wide: ImageArray = { data: Uint16Array.of(1, 40000), shape: [1, 2, 1] };
    const coding: MaskCoding = { ...index, table: [...index.table, [40000, 2]] };
    expect([...decodeMask(wide, coding, 'm').data]).toEqual([0, 2]);
    expect([...decodeMask(row([0, 0, 255, 0, 255, 255, 0, 255], 4), colour, 'm').data]).toEqual([0, 1]);
  });

  it('in colour is not read as numbers, nor 16 bit as colours', () => {
    expect(failure(() => decodeMask(row([1, 2, 1], 3), index, 'm'))).toMatchObject({ code: 'unsupported-file' });
    const wide: ImageArray = { data: new Uint16Array(3), shape: [1, 1, 3] };
    expect(failure(() => decodeMask(wide, colour, 'm'))).toMatchObject({ code: 'unsupported-file' });
  });
});
