import { isLulcError } from '@lulc/core';
import { describe, expect, it } from 'vitest';
import { bandOrders, resolveBands } from './bandOrders.js';
import { bandByName, normalBandName, sentinel2Bands } from './bands.js';
import { bandIndices, selectChannels } from './selectBands.js';

const thrown = (body: () => unknown): unknown => {
  try {
    body();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('the bands of Sentinel-2', () => {
  it('are 13, by wavelength, at 10, 20 and 60 m', () => {
    const centres = sentinel2Bands.map(({ wavelength }) => wavelength.S2A);
    expect(centres).toEqual([...centres].sort((a, b) => a - b));
    const at = (resolution: number) =>
      sentinel2Bands.filter((band) => band.resolution === resolution).map((b) => b.name);
    expect(at(10)).toEqual(['B02', 'B03', 'B04', 'B08']);
    expect(at(20)).toEqual(['B05', 'B06', 'B07', 'B8A', 'B11', 'B12']);
    expect(at(60)).toEqual(['B01', 'B09', 'B10']);
  });

  it('differ little between the two satellites', () => {
    for (const { wavelength } of sentinel2Bands) {
      expect(Math.abs(wavelength.S2A - wavelength.S2B) / wavelength.S2A).toBeLessThan(0.01);
    }
  });

  it('are found under any spelling', () => {
    expect(['b2', 'B02', '2', 'b8a', '8A', 'vh', 'b12'].map(normalBandName)).toEqual([
      'B02',
      'B02',
      'B02',
      'B8A',
      'B8A',
      'VH',
      'B12',
    ]);
    expect(bandByName('b8').resolution).toBe(10);
    const error = thrown(() => bandByName('B13'));
    expect(isLulcError(error, 'unknown-name') && error.where.band).toBe('B13');
  });
});

describe('band orders', () => {
  it('name only bands there are, each once', () => {
    for (const order of Object.values(bandOrders)) {
      expect(new Set(order).size).toBe(order.length);
      for (const band of order) expect(bandByName(band).name).toBe(band);
    }
  });

  it('of the benchmark differ in the first and third channel only between its two versions', () => {
    const [head, zoo]: (readonly string[])[] = [bandOrders['bigearthnet-s2'], bandOrders['bigearthnet-s2-zoo']];
    expect(head.flatMap((band, i) => (band === zoo[i] ? [] : [i]))).toEqual([0, 2]);
    expect([...head].sort()).toEqual([...zoo].sort());
  });

  it('are given by name or as a list, each band once', () => {
    expect(resolveBands('rgb')).toEqual(['B04', 'B03', 'B02']);
    expect(resolveBands(['x', 'y'])).toEqual(['x', 'y']);
    expect(
      isLulcError(
        thrown(() => resolveBands('rbg' as 'rgb')),
        'unknown-name',
      ),
    ).toBe(true);
    expect(
      isLulcError(
        thrown(() => resolveBands([])),
        'invalid-argument',
      ),
    ).toBe(true);
    for (const bands of [['B02', 'B02'], [null], null, 7, {}]) {
      expect(
        isLulcError(
          thrown(() => resolveBands(bands as string[])),
          'invalid-argument',
        ),
      ).toBe(true);
    }
  });
});

describe('selecting bands', () => {
  it('picks channels by name in the order asked for', () => {
    const image = { data: Uint16Array.from({ length: 2 * 3 * 13 }, (_, i) => i), shape: [2, 3, 13] } as const;
    const { data, shape } = selectChannels(image, bandIndices(bandOrders.eurosat, ['B8A', 'b2']));
    expect(shape).toEqual([2, 3, 2]);
    expect(data).toBeInstanceOf(Uint16Array);
    expect([...data]).toEqual([12, 1, 25, 14, 38, 27, 51, 40, 64, 53, 77, 66]);
  });

  it('names the band that is missing', () => {
    const error = thrown(() => bandIndices(['B02', 'B03'], ['B04']));
    expect(isLulcError(error, 'unknown-name') && error.where.band).toBe('B04');
    const channel = thrown(() => selectChannels({ data: new Uint8Array(4), shape: [2, 2, 1] }, [1]));
    expect(isLulcError(channel, 'invalid-argument')).toBe(true);
  });
});
