import { type ImageArray, random } from '@lulc/core';
import { ignoreLabel, type SegmentationDataset, type SegmentationSample } from '@lulc/core/segmentation';
import { describe, expect, it } from 'vitest';
import { cloudMetrics } from '../metrics/cloudMetrics.js';
import { evaluateBaseline } from './baseline.js';
import { braatenCohenYang } from './braatenCohenYang.js';
import { fitGlobalThreshold, globalThreshold } from './globalThreshold.js';
import { fitRelativeBrightness, relativeBrightness } from './relativeBrightness.js';

function imageOf(pixels: readonly (readonly number[])[], kind: 'uint16' | 'float' = 'uint16'): ImageArray {
  const values = pixels.flat();
  return {
    data: kind === 'uint16' ? Uint16Array.from(values) : Float32Array.from(values),
    shape: [1, pixels.length, pixels[0].length],
  };
}

function datasetOf(samples: readonly SegmentationSample[]): SegmentationDataset {
  return {
    info: {
      name: 'drawn',
      split: 'all',
      bands: ['B02'],
      classes: ['clear', 'cloud'],
      imageSize: undefined,
      groundSamplingDistance: undefined,
      scaling: undefined,
      simulated: true,
      licence: '',
      citation: '',
    },
    length: samples.length,
    get: async (index) => samples[index],
  };
}

/** Images in which cloud is mostly brighter than ground. */
function drawn(bands: number, kind: 'uint16' | 'float'): SegmentationDataset {
  const sample = (index: number): SegmentationSample => {
    const draws = random(5, index);
    const labels = Array.from({ length: 60 }, () => [0, 1, ignoreLabel][draws.integer(20) % 3]);
    const pixels = labels.map((label) =>
      Array.from({ length: bands }, () => Math.max(0, Math.round(40 + 12 * draws.normal() + (label === 1 ? 20 : 0)))),
    );
    pixels[0] = pixels[0].map(() => 0);
    return {
      image: imageOf(kind === 'float' ? pixels.map((row) => row.map((value) => value / 7)) : pixels, kind),
      mask: { data: Uint8Array.from(labels), shape: [1, 60] },
      meta: { id: `${index}`, group: `scene ${index % 2}` },
    };
  };
  return datasetOf(Array.from({ length: 4 }, (_, index) => sample(index)));
}

const jaccardOf = async (rule: Parameters<typeof evaluateBaseline>[0], dataset: SegmentationDataset) =>
  (await evaluateBaseline(rule, dataset, cloudMetrics())).micro.jaccard as number;

describe('relative brightness', () => {
  it('goes by the range of the image, without pixels that hold no data', () => {
    const image = imageOf([[0], [100], [600], [1100]]);
    const { predict, name } = relativeBrightness({ channels: [0], share: 0.5 });
    expect([...predict(image)]).toEqual([255, 0, 1, 1]);
    expect(name).toBe('relative brightness of channel 0, share 0.5');
    expect([...relativeBrightness({ channels: [0], share: 1 }).predict(image)]).toEqual([255, 0, 0, 1]);
    expect([...relativeBrightness({ channels: [0], share: 0 }).predict(image)]).toEqual([255, 1, 1, 1]);
  });

  it('reads the mean of several channels', () => {
    const image = imageOf([
      [0, 10, 99],
      [20, 30, 0],
    ]);
    expect([...relativeBrightness({ channels: [0, 1], share: 0.1 }).predict(image)]).toEqual([0, 1]);
  });

  it('is fitted as trying every share is', async () => {
    const dataset = drawn(2, 'uint16');
    const channels = [0, 1];
    const { chosen, jaccard, baseline } = await fitRelativeBrightness(dataset, { channels });
    const tried = [];
    for (let step = 0; step <= 20; step++) {
      tried.push(await jaccardOf(relativeBrightness({ channels, share: step / 20 }), dataset));
    }
    expect(jaccard).toBeCloseTo(Math.max(...tried), 12);
    expect(tried[Math.round(20 * chosen)]).toBeCloseTo(jaccard, 12);
    expect(await jaccardOf(baseline, dataset)).toBeCloseTo(jaccard, 12);
  });
});

describe('global threshold', () => {
  /** The largest Jaccard of any threshold, found by trying every brightness that occurs. */
  async function bestOf(dataset: SegmentationDataset, channels: readonly number[]): Promise<number> {
    const pixels: (readonly [number, number])[] = [];
    for (let index = 0; index < dataset.length; index++) {
      const { image, mask } = await dataset.get(index);
      for (const [pixel, label] of mask.data.entries()) {
        const values = Array.from({ length: image.shape[2] }, (_, i) => image.data[pixel * image.shape[2] + i]);
        if (label === ignoreLabel || values.every((value) => value === 0)) continue;
        pixels.push([channels.reduce((sum, channel) => sum + values[channel], 0) / channels.length, label]);
      }
    }
    const jaccards = pixels.map(([threshold]) => {
      const either = pixels.filter(([value, label]) => value >= threshold || label === 1);
      return either.filter(([value, label]) => value >= threshold && label === 1).length / either.length;
    });
    return Math.max(...jaccards);
  }

  it.each([
    ['one channel of integers', 1, 'uint16', 1e-12],
    ['the mean of channels', 3, 'uint16', 0.01],
    ['floats', 1, 'float', 0.01],
  ] as const)('of %s is fitted as trying every value is', async (_, bands, kind, tolerance) => {
    const dataset = drawn(bands, kind);
    const channels = Array.from({ length: bands }, (_, i) => i);
    const { chosen, jaccard, baseline } = await fitGlobalThreshold(dataset, { channels });
    expect(Math.abs(jaccard - (await bestOf(dataset, channels)))).toBeLessThan(tolerance);
    expect(await jaccardOf(baseline, dataset)).toBeCloseTo(jaccard, 12);
    expect(await jaccardOf(globalThreshold({ channels, threshold: chosen }), dataset)).toBeCloseTo(jaccard, 12);
  });

  it('tells its threshold, and needs cloud to be fitted', async () => {
    expect(globalThreshold({ channels: [0, 2], threshold: 12 }).name).toBe('the mean of channels 0, 2 at least 12');
    const mask = { data: new Uint8Array(2), shape: [1, 2] } as const;
    const clear = datasetOf([{ image: imageOf([[1], [2]]), mask, meta: { id: 'a' } }]);
    const fit = fitGlobalThreshold(clear, { channels: [0] });
    await expect(fit).rejects.toMatchObject({ code: 'incompatible' });
  });
});

describe('Braaten-Cohen-Yang', () => {
  const channels = { blue: 0, green: 1, red: 2, swir: 3 };
  //                        blue  green red   swir
  const pixels: readonly (readonly [string, readonly number[], number, number, number])[] = [
    ['bright cloud', [5000, 5000, 5200, 3000], 1, 1, 1],
    ['snow', [5000, 5000, 5200, 900], 1, 0, 1],
    ['pale cloud', [2100, 2000, 1900, 2500], 1, 1, 1],
    ['sand', [1500, 2000, 2600, 4000], 0, 0, 0],
    ['water', [900, 700, 400, 100], 0, 0, 0],
    ['blue haze', [2500, 1700, 1500, 2100], 0, 0, 1],
    ['no data', [0, 0, 0, 0], 255, 255, 255],
  ];
  const image = imageOf(pixels.map(([, values]) => values));
  const { swir: _, ...visible } = channels;

  it('finds what is bright or greener than red, and with the infrared leaves snow out', () => {
    expect([...braatenCohenYang({ channels: visible, scale: 1e-4 }).predict(image)]).toEqual(
      pixels.map((row) => row[2]),
    );
    const { predict, name } = braatenCohenYang({ channels, scale: 1e-4 });
    expect([...predict(image)]).toEqual(pixels.map((row) => row[3]));
    expect(name).toBe('Braaten-Cohen-Yang, short-wave infrared above 0.2');
  });

  it('reads blue and green in the other revision', () => {
    const { predict, name } = braatenCohenYang({ channels: visible, scale: 1e-4, revision: 'blue-green' });
    expect([...predict(image)]).toEqual(pixels.map((row) => row[4]));
    expect(name).toContain('on blue and green');
  });

  it('scales and shifts', () => {
    const shifted = imageOf(pixels.map(([, values]) => values.map((value) => (value === 0 ? 0 : value + 1000))));
    const { predict } = braatenCohenYang({ channels, scale: 1e-4, offset: -0.1 });
    expect([...predict(shifted)]).toEqual(pixels.map((row) => row[3]));
  });
});

it('is scored like any mask, by image and by scene', async () => {
  const report = await evaluateBaseline(
    globalThreshold({ channels: [0], threshold: 50 }),
    drawn(1, 'uint16'),
    cloudMetrics(),
  );
  expect(report.groups.map(({ group, chips }) => [group, chips])).toEqual([
    ['scene 0', 2],
    ['scene 1', 2],
  ]);
  expect(report.pixels + report.ignored + report.unpredicted).toBe(4 * 60);
});

it.each<[string, () => unknown, string]>([
  ['a share of 2', () => relativeBrightness({ channels: [0], share: 2 }), 'invalid-argument'],
  ['a threshold that is NaN', () => globalThreshold({ channels: [0], threshold: Number.NaN }), 'invalid-argument'],
  ['a scale of 0', () => braatenCohenYang({ channels: { green: 0, red: 1 }, scale: 0 }), 'invalid-argument'],
  ['no red', () => braatenCohenYang({ channels: { green: 0 }, scale: 1 }), 'invalid-argument'],
  [
    'a channel too many',
    () => globalThreshold({ channels: [1], threshold: 1 }).predict(imageOf([[1]])),
    'shape-mismatch',
  ],
  ['no channel', () => globalThreshold({ channels: [], threshold: 1 }).predict(imageOf([[1]])), 'shape-mismatch'],
])('refuses %s', (_, act, code) => {
  expect(act).toThrow(expect.objectContaining({ code }));
});
