import { isLulcError, type LulcError } from '@lulc/core';
import { ignoreLabel, type SegmentationDataset, type SegmentationSample } from '@lulc/core/segmentation';
import { describe, expect, it } from 'vitest';
import { fingerprint } from './fingerprint.js';
import { fingerprintFromJson, fingerprintToJson } from './fingerprintFile.js';
import { valueHistogram } from './valueHistogram.js';

/** A small generator that is easily written in Python, too. */
function drawn(length: number, seed: number, bound: number): number[] {
  let state = seed;
  return Array.from({ length }, () => {
    state = Number((BigInt(state) * 1103515245n + 12345n) % 2147483648n);
    return (state >> 16) % bound;
  });
}

const values = drawn(3001, 5, 4000).map((value) => value - 500);

describe('distribution', () => {
  const propertiesOf = (kind: 'integer' | 'float', list: readonly number[]) => {
    const histogram = valueHistogram(kind);
    for (const value of list) histogram.add(value, 1);
    return histogram.properties();
  };

  // NumPy: mean, median, std, min, max, percentile(…, method='averaged_inverted_cdf').
  it('of integers is exact', () => {
    expect(propertiesOf('integer', values)).toEqual({
      mean: expect.closeTo(1460.700433188937, 9),
      median: 1456,
      std: expect.closeTo(1167.239182912584, 9),
      min: -500,
      max: 3499,
      percentile00_5: -483,
      percentile99_5: 3483,
    });
  });

  it('of floats has exact moments and percentiles within 0.1 %', () => {
    const floats = values.map((value) => Math.fround((value - 700) ** 3 / 1e7));
    const got = propertiesOf('float', floats);
    expect(got?.mean).toBeCloseTo(361.0664339413645, 9);
    expect(got?.std).toBeCloseTo(586.0737978890783, 9);
    expect([got?.min, got?.max]).toEqual([Math.min(...floats), Math.max(...floats)]);
    const near = (value: number | undefined, truth: number) =>
      expect(Math.abs((value as number) / truth - 1)).toBeLessThan(1e-3);
    near(got?.median, 43.20812225341797);
    near(got?.percentile00_5, -165.55955505371094);
    near(got?.percentile99_5, 2155.458251953125);
  });

  it('weighs values, and knows nothing of none', () => {
    const histogram = valueHistogram('integer');
    expect(histogram.properties()).toBeUndefined();
    // 3, 3, 3, 5 in other words.
    histogram.add(3, 0.75);
    histogram.add(5, 0.25);
    expect(histogram.properties()).toMatchObject({ mean: 3.5, median: 3, std: Math.sqrt(0.75), min: 3, max: 5 });
    histogram.add(5, 0.5);
    expect(histogram.properties()?.median).toBe(4);
  });
});

interface Drawing {
  readonly id: string;
  /** Rows of values; every band holds the same, times its number. */
  readonly rows: readonly (readonly number[])[];
  readonly labels: readonly (readonly number[])[];
  readonly kind?: 'float';
  readonly bands?: number;
}

function datasetOf(drawings: readonly Drawing[]): SegmentationDataset {
  const sample = ({ id, rows, labels, kind, bands = 2 }: Drawing): SegmentationSample => {
    const pixels = rows.flat().flatMap((value) => Array.from({ length: bands }, (_, band) => value * (band + 1)));
    return {
      image: {
        data: kind === 'float' ? Float32Array.from(pixels) : Uint16Array.from(pixels),
        shape: [rows.length, rows[0].length, bands],
      },
      mask: { data: Uint8Array.from(labels.flat()), shape: [labels.length, labels[0].length] },
      meta: { id },
    };
  };
  return {
    info: {
      name: 'drawn',
      split: 'all',
      bands: ['B04', 'B03'],
      classes: ['clear', 'cloud'],
      imageSize: undefined,
      groundSamplingDistance: undefined,
      scaling: undefined,
      simulated: true,
      licence: '',
      citation: '',
    },
    length: drawings.length,
    get: async (index) => sample(drawings[index]),
  };
}

const half: Drawing = {
  id: 'half empty',
  rows: [
    [0, 0, 0, 0],
    [0, 0, 10, 20],
    [0, 0, 0, 30],
    [0, 0, 0, 0],
  ],
  labels: [
    [0, 0, 0, 0],
    [0, 0, 1, 1],
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ],
};
const full: Drawing = { id: 'full', rows: [[1, 2, 3]], labels: [[1, 0, ignoreLabel]] };

describe('fingerprint', () => {
  it('crops margins, and takes statistics of foreground and of all that holds data', async () => {
    const got = await fingerprint(datasetOf([half, full]));
    expect(got).toMatchObject({
      dataset: 'drawn',
      bands: ['B04', 'B03'],
      shapes: [
        [2, 2],
        [1, 3],
      ],
      medianRelativeSize: (4 / 16 + 1) / 2,
      hasIgnored: true,
    });
    // Foreground 10, 20 and 1, each case as much as the other: mean (15 + 1) / 2.
    expect(got.foreground?.[0]).toMatchObject({ mean: 8, min: 1, max: 20, median: 5.5 });
    expect(got.foreground?.[1].mean).toBe(16);
    // All that is not 0: 10, 20, 30, 1, 2, 3.
    expect(got.overall?.[0]).toMatchObject({ mean: 11, min: 1, max: 30, median: 6.5 });
  });

  it('weighs pixels alike when asked to', async () => {
    const got = await fingerprint(datasetOf([half, full]), { weighting: 'pixel' });
    expect(got.foreground?.[0].mean).toBeCloseTo(31 / 3, 12);
  });

  it('has no foreground statistics where there is no foreground', async () => {
    const got = await fingerprint(datasetOf([{ ...full, labels: [[0, 0, 0]] }]));
    expect(got.foreground).toBeUndefined();
    expect(got.overall?.[0].mean).toBe(2);
    expect(got.hasIgnored).toBe(false);
  });

  it('passes over what is not finite where the class is unknown', async () => {
    const holes = { id: 'a', kind: 'float', rows: [[1, Number.NaN, 5]], labels: [[1, 255, 0]] } as const;
    const got = await fingerprint(datasetOf([holes]));
    expect(got.overall?.[0].mean).toBe(3);
  });

  it.each<[string, Drawing, string]>([
    ['nothing but 0', { ...full, rows: [[0, 0, 0]] }, 'nodata'],
    ['NaN in a known class', { ...full, kind: 'float', rows: [[Number.NaN, 1, 1]] }, 'nodata'],
    ['another number of bands', { ...full, bands: 3 }, 'shape-mismatch'],
    ['a mask of another size', { ...full, labels: [[0, 1]] }, 'shape-mismatch'],
    ['a mask value that is no class', { ...full, labels: [[0, 2, 0]] }, 'invalid-argument'],
    ['floats among integers', { ...full, kind: 'float' }, 'incompatible'],
    ['an id that was there', { ...full, id: 'half empty' }, 'incompatible'],
  ])('refuses a case with %s, or leaves it out', async (_, bad, code) => {
    const dataset = datasetOf([half, bad]);
    await expect(fingerprint(dataset)).rejects.toMatchObject({ code, where: { case: bad.id } });
    const told: [LulcError, number][] = [];
    const got = await fingerprint(dataset, { onInvalid: (...what) => told.push(what) });
    expect(got.shapes).toHaveLength(1);
    expect(told).toEqual([[expect.objectContaining({ code }), 1]]);
    expect(got).toEqual(await fingerprint(datasetOf([half])));
  });

  it('refuses to be of nothing, and stops when told', async () => {
    await expect(fingerprint(datasetOf([]))).rejects.toMatchObject({ code: 'incompatible' });
    const stopped = fingerprint(datasetOf([half]), { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toSatisfy((error) => isLulcError(error, 'aborted'));
  });

  it('tells how far it is', async () => {
    const told: number[][] = [];
    await fingerprint(datasetOf([half, full]), { onProgress: (...what) => told.push(what) });
    expect(told).toEqual([
      [1, 2],
      [2, 2],
    ]);
  });
});

describe('dataset_fingerprint.json', () => {
  it('comes back as it was written', async () => {
    const written = await fingerprint(datasetOf([half, full]));
    expect(fingerprintFromJson(fingerprintToJson(written))).toEqual(written);
    const bare = await fingerprint(datasetOf([{ ...full, labels: [[0, 0, 0]] }]));
    expect(fingerprintFromJson(fingerprintToJson(bare))).toEqual(bare);
  });

  /** A file in the layout that nnU-Net v2 writes for 2D images. */
  const theirs = {
    foreground_intensity_properties_per_channel: {
      '0': { max: 255, mean: 93.5, median: 80, min: 0, percentile_00_5: 3, percentile_99_5: 250, std: 60.25 },
    },
    median_relative_size_after_cropping: 1,
    shapes_after_crop: [
      [1, 512, 512],
      [1, 500, 400],
    ],
    spacings: [
      [999, 1, 1],
      [999, 1, 1],
    ],
  };

  it("reads nnU-Net's own", () => {
    const read = fingerprintFromJson(JSON.stringify(theirs), { classes: ['background', 'cloud'] });
    expect(read).toMatchObject({
      shapes: [
        [512, 512],
        [500, 400],
      ],
      spacings: [
        [1, 1],
        [1, 1],
      ],
      foreground: [{ mean: 93.5, percentile99_5: 250 }],
      overall: undefined,
    });
    expect(JSON.parse(fingerprintToJson(read))).toMatchObject(theirs);
  });

  it.each([
    ['no classes', theirs, {}, 'invalid-argument'],
    ['volumes', { ...theirs, shapes_after_crop: [[20, 512, 512]] }, { classes: ['a', 'b'] }, 'unsupported-file'],
    ['a spacing missing', { ...theirs, spacings: [[999, 1, 1]] }, { classes: ['a', 'b'] }, 'corrupt-file'],
    ['a text for a number', { ...theirs, shapes_after_crop: [['1', 2, 3]] }, { classes: ['a', 'b'] }, 'corrupt-file'],
  ])('refuses %s', (_, content, names, code) => {
    expect(() => fingerprintFromJson(JSON.stringify(content), names)).toThrow(expect.objectContaining({ code }));
  });
});
