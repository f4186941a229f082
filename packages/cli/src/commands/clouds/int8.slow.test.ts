import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { studentUnet } from '@lulc/cloud-unet-kd';
import { useEngine } from '@lulc/core';
import { exportOnnx, exportQuantizedOnnx } from '@lulc/core/onnx';
import { compareSegmenters, trainSegmenter } from '@lulc/core/segmentation';
import { nnUNetViews } from '@lulc/core/views';
import { createSegmentationLoader, openSegmentation } from '@lulc/sentinel2-data/node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openOnnx } from '../../models/exportFormats.js';

const repository = fileURLToPath(new URL('../../../../../', import.meta.url));
const path = join(process.env.LULC_DATA ?? join(repository, '../shared/data'), 'l8-biome');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lulc-int8-'));
  await useEngine('auto');
});
afterAll(() => rm(folder, { recursive: true }));

const storedBands = ['blue', 'green', 'red', 'nir', 'swir1', 'swir2', 'cirrus', 'thermal'];
const bands = storedBands.slice(0, 6);
const scaling = { name: 'l8-biome', mean: bands.map(() => 4200), std: bands.map(() => 3300) };

it.skipIf(!existsSync(path)).each([
  // About a third of the bytes in floats where weights are most of a file, less than these where little is.
  { stages: 4, base: 8, share: 0.35 },
  { stages: 3, base: 3, share: 0.9 },
])(
  'a student of $base channels in 8 bits finds the clouds of Landsat that it found in floats (data: LULC_DATA/l8-biome)',
  async ({ stages, base, share }) => {
    const part = (split: string) => openSegmentation({ path, split, classes: 'l8-binary', storedBands, bands });
    const common = { scaling, workers: 0 } as const;
    const options = {
      stages,
      base,
      norm: 'batch',
      activation: 'relu',
      bands,
      classes: ['clear', 'cloud'],
      seed: 1,
    } as const;
    const small = studentUnet({ ...options, inputSize: 64 });
    const [view, sampling] = [nnUNetViews({ size: [64, 64] }), { iterations: 20 }];
    const train = createSegmentationLoader(await part('train'), { ...common, batchSize: 8, seed: 1, view, sampling });
    await trainSegmenter({ model: small, train, loss: 'dice-ce', epochs: 6, learningRate: 3e-3, seed: 1 });
    await train.close();
    const model = studentUnet({ ...options, inputSize: 256 });
    model.setWeights(small.getWeights());
    const seen = createSegmentationLoader(await part('train'), { ...common, batchSize: 1 });
    const { bytes } = await exportQuantizedOnnx(model, { calibration: seen.epoch(0) });
    await seen.close();
    expect(bytes.byteLength / (await exportOnnx(model)).byteLength).toBeLessThan(share);
    const file = join(folder, `${base}.onnx`);
    await writeFile(file, bytes);
    const onnx = await openOnnx(file);
    const test = createSegmentationLoader(await part('test'), { ...common, batchSize: 1 });
    const { agreement, jaccard, images } = await compareSegmenters(model, onnx.run, test);
    await onnx.dispose();
    await test.close();
    expect(images).toBe(5);
    // It has learnt something, since all cloud is 0.247, and 8 bits leave it that.
    expect(jaccard[1].original).toBeGreaterThan(0.28);
    expect(Math.abs(jaccard[1].delta)).toBeLessThan(0.02);
    expect(agreement).toBeGreaterThan(0.98);
    for (const network of [small, model]) network.dispose();
  },
);
