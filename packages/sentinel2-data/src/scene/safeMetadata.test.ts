import { describe, expect, it } from 'vitest';
import { granuleXml, productXml } from '../testing/safeProduct.js';
import { granulePlace, productMetadata, toReflectance } from './safeMetadata.js';

describe('productMetadata', () => {
  it('reads level, baseline, quantification and offsets of both levels', () => {
    for (const level of ['1C', '2A'] as const) {
      const { offsets, ...rest } = productMetadata(productXml(level, -1000));
      expect(rest).toEqual({ level: `Level-${level}`, processingBaseline: '05.09', quantification: 10000 });
      expect([offsets.B01, offsets.B8A, offsets.B12, Object.keys(offsets).length]).toEqual([-1000, -1000, -1000, 13]);
    }
    expect(productMetadata(productXml('1C', undefined)).offsets.B02).toBe(0);
  });

  it('goes by the number of a band: B8A has 8', () => {
    const xml = productXml('1C', -1000).replace('band_id="8">-1000', 'band_id="8">-7');
    const { B08, B8A, B09 } = productMetadata(xml).offsets;
    expect([B08, B8A, B09]).toEqual([-1000, -7, -1000]);
  });

  it.each([
    ['a', productXml('1C', 0.5)],
    ['b', productXml('1C', 1e9)],
    ['c', productXml('1C', -1000).replace('band_id="3"', 'band="3"')],
    ['d', productXml('2A', -1000, 0)],
    ['e', '<Level-1C_User_Product/>'],
  ])('refuses what makes no sense (%s)', (_, xml) => {
    expect(() => productMetadata(xml)).toThrowError(expect.objectContaining({ code: 'corrupt-file' }));
  });
});

describe('granulePlace', () => {
  it('has the corner for each size', () => {
    const place = granulePlace(granuleXml);
    expect(place([111, 150])).toEqual({ origin: [600000, 5100000], pixelSize: [10, -10], epsg: 32632 });
    expect(place([56, 75])?.pixelSize).toEqual([20, -20]);
    expect(place([150, 111])).toBeUndefined();
    expect(granulePlace('<n1:Level-1C_Tile_ID/>')([111, 150])).toBeUndefined();
  });
});

describe('toReflectance', () => {
  it('adds the offset, keeps what is no measurement, and makes no "no data" of measurements', () => {
    const values = Uint16Array.of(0, 1, 999, 1000, 1001, 1500, 11_000, 65_534, 65_535);
    toReflectance(values, -1000, 10_000);
    expect([...values]).toEqual([0, 1, 1, 1, 1, 500, 10_000, 64_534, 65_535]);
  });

  it('goes by the quantification, and stays within 16 bits', () => {
    const values = Uint16Array.of(0, 1, 500, 40_000, 65_535);
    toReflectance(values, 0, 1000);
    expect([...values]).toEqual([0, 10, 5000, 65_534, 65_535]);
  });
});
