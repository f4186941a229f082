import { isLulcError } from '@lulc/core';
import { describe, expect, it } from 'vitest';
import { bigEarthNet19, bigEarthNet43, corineClasses } from './bigEarthNet.js';
import { euroSat10 } from './euroSat.js';
import { labelIndex, labelIndices } from './labelScheme.js';

describe('the nomenclatures of BigEarthNet', () => {
  it('map CORINE codes to the 19 classes as published', () => {
    // code → index among the 19, as the benchmark states it
    const published: Record<number, number> = {};
    const ranges: [number[], number][] = [
      [[111, 112], 0],
      [[121], 1],
      [[211, 212, 213], 2],
      [[221, 222, 223, 241], 3],
      [[231], 4],
      [[242], 5],
      [[243], 6],
      [[244], 7],
      [[311], 8],
      [[312], 9],
      [[313], 10],
      [[321, 333], 11],
      [[322, 323], 12],
      [[324], 13],
      [[331], 14],
      [[411, 412], 15],
      [[421, 422], 16],
      [[511, 512], 17],
      [[521, 522, 523], 18],
    ];
    for (const [codes, index] of ranges) for (const code of codes) published[code] = index;
    for (const { code, name } of corineClasses)
      expect([code, labelIndex(bigEarthNet19, name)]).toEqual([code, published[code]]);
    expect(corineClasses.filter(({ nineteen }) => nineteen === undefined)).toHaveLength(11);
  });

  it('list 43 classes in the order of their codes and 19 classes', () => {
    const codes = corineClasses.map(({ code }) => code);
    expect(codes).toEqual([...codes].sort((a, b) => a - b));
    expect(bigEarthNet43.classes).toHaveLength(43);
    expect(bigEarthNet43.classes.indexOf('Sea and ocean')).toBe(42);
    expect(bigEarthNet19.classes).toHaveLength(19);
    expect(bigEarthNet19.classes[18]).toBe('Marine waters');
  });

  it('understand the spellings that files use', () => {
    for (const name of ['Transitional woodland/shrub', 'Transitional woodland, shrub', 'transitional woodland-shrub']) {
      expect(labelIndex(bigEarthNet19, name)).toBe(13);
    }
    expect(labelIndex(bigEarthNet43, 'Peat bogs')).toBe(34);
    expect(labelIndex(bigEarthNet43, 'Natural grasslands')).toBe(25);
    expect(labelIndices(bigEarthNet19, ['Sea and ocean', 'Airports', 'Estuaries', 'Rice fields'])).toEqual([2, 18]);
  });

  it('name the nearest label to one they do not know', () => {
    expect(() => labelIndex(bigEarthNet19, 'Costal wetlands')).toThrow(/Did you mean 'Coastal wetlands'/);
    try {
      labelIndex(euroSat10, 'Forrest');
      expect.unreachable();
    } catch (error) {
      expect(isLulcError(error, 'unknown-name') && error.where.label).toBe('Forrest');
    }
  });
});
