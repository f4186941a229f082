import { memoryCheckpoints, useEngine, weightArrays } from '@lulc/core';
import { ignoreLabel, type TilePredictor, trainSegmenter } from '@lulc/core/segmentation';
import { beforeAll, describe, expect, it } from 'vitest';
import { studentUnet } from '../network/studentUnet.js';
import { chipNormalization, memoryChips, memorySource } from '../testing/memoryChips.js';
import { cacheTeacherMaps } from './cacheTeacherMaps.js';
import { distill } from './distill.js';
import { distillationObjective } from './objective.js';
import { type ScoredNetworks, scoreNetworks } from './scoreNetworks.js';
import { memoryTeacherMaps } from './teacherMaps.js';
import { withSoftTargets } from './withSoftTargets.js';

beforeAll(() => useEngine('wasm'));

/** A teacher that takes what is bright for cloud: logits 0 and `steepness` times the first band. */
const bright =
  (steepness = 4): TilePredictor =>
  async (tiles) =>
    Float32Array.from({ length: tiles.length }, (_, i) => (i % 2) * steepness * tiles[i - (i % 2)]);

const base = { normalization: chipNormalization, tile: [8, 8], teacher: 'bright' } as const;
const tiny = (seed = 1) => studentUnet({ stages: 2, base: 4, bands: 2, inputSize: 8, seed });

describe('teacher maps', () => {
  it('are differences of logits in half precision, and nothing where there are no data', async () => {
    const dataset = memoryChips({ length: 3, size: 8 });
    const store = memoryTeacherMaps();
    expect(await cacheTeacherMaps({ ...base, dataset, networks: bright(), store })).toEqual({ made: 3, kept: 0 });
    const { image } = await dataset.get(1);
    const { map } = await store.load('chip1');
    expect(map.shape).toEqual([8, 8, 1]);
    for (let pixel = 0; pixel < 64; pixel++) {
      const wanted = pixel < 56 ? (4 * (image.data[2 * pixel] - 2000)) / 1000 : 0;
      expect(Math.abs(map.data[pixel] - wanted)).toBeLessThanOrEqual(Math.abs(wanted) / 2048);
    }
    const all = memoryTeacherMaps();
    await cacheTeacherMaps({ ...base, dataset, networks: bright(), store: all, nodata: undefined });
    expect((await all.load('chip1')).map.data[60]).toBe(-8);
  });

  it('tell "undecided" from "nothing", and keep sure answers within bounds', async () => {
    const answers: TilePredictor = async (tiles) => Float32Array.from(tiles, (_, i) => (i < 64 || i % 2 ? 0 : 1e6));
    const store = memoryTeacherMaps();
    await cacheTeacherMaps({ ...base, dataset: memoryChips({ length: 1, size: 8 }), networks: answers, store });
    const { data } = (await store.load('chip0')).map;
    expect([data[0], data[40], data[63]]).toEqual([2 ** -24, -65504, 0]);
  });

  it('hold all logits of more than two classes', async () => {
    const dataset = memoryChips({ length: 1, size: 8 });
    const three = { ...dataset, info: { ...dataset.info, classes: ['clear', 'thin', 'thick'] } };
    const answers: TilePredictor = async (tiles) =>
      Float32Array.from({ length: 192 * (tiles.length / 128) }, (_, i) => i % 3);
    const store = memoryTeacherMaps();
    await cacheTeacherMaps({ ...base, dataset: three, networks: answers, store });
    const { map } = await store.load('chip0');
    expect(map.shape).toEqual([8, 8, 3]);
    expect([...map.data.slice(0, 3), ...map.data.slice(-3)]).toEqual([0, 1, 2, 0, 0, 0]);
    expect(withSoftTargets(three, store).info.softChannels).toBe(3);
    const other = cacheTeacherMaps({ ...base, dataset, networks: answers, store: memoryTeacherMaps() });
    await expect(other).rejects.toMatchObject({ code: 'shape-mismatch' });
  });

  it('are asked of the network that has not seen the sample, of all where none has', async () => {
    const dataset = memoryChips({ length: 3, size: 8 });
    const foldOf = (id: string) => ({ chip0: 0, chip1: 1 })[id];
    const store = memoryTeacherMaps();
    await cacheTeacherMaps({ ...base, dataset, networks: [bright(1), bright(3)], foldOf, store });
    for (const [index, steepness] of [1, 3, 2].entries()) {
      const { image } = await dataset.get(index);
      const { map } = await store.load(`chip${index}`);
      expect(map.data[5]).toBeCloseTo((steepness * (image.data[10] - 2000)) / 1000, 2);
    }
    const beyond = cacheTeacherMaps({
      ...base,
      dataset,
      networks: bright(),
      foldOf: () => 1,
      store: memoryTeacherMaps(),
    });
    await expect(beyond).rejects.toThrow(/no network of fold 1/);
  });

  it('are made once, and not mixed with those of another teacher', async () => {
    const dataset = memoryChips({ length: 4, size: 8 });
    const store = memoryTeacherMaps();
    const abort = new AbortController();
    const onProgress = (done: number) => void (done === 2 && abort.abort());
    const options = { ...base, dataset, networks: tiny(), teacher: undefined, store };
    await expect(cacheTeacherMaps({ ...options, signal: abort.signal, onProgress })).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(await cacheTeacherMaps(options)).toEqual({ made: 2, kept: 2 });
    // Without knowing ids beforehand it is found out, too.
    expect(await cacheTeacherMaps({ ...options, dataset: { ...dataset, meta: undefined } })).toEqual({
      made: 0,
      kept: 4,
    });
    for (const changed of [
      { networks: tiny(2) },
      { mirror: ['vertical'] },
      { overlap: 0.25 },
      { nodata: undefined },
    ] as const) {
      await expect(cacheTeacherMaps({ ...options, ...changed })).rejects.toMatchObject({ code: 'incompatible' });
    }
    const unnamed = cacheTeacherMaps({ ...options, networks: bright(), store: memoryTeacherMaps() });
    await expect(unnamed).rejects.toThrow(/option teacher/);
  });
});

describe('withSoftTargets', () => {
  it('adds the maps of all samples, and says which is missing or does not fit', async () => {
    const dataset = memoryChips({ length: 2, size: 8 });
    const store = memoryTeacherMaps();
    await cacheTeacherMaps({ ...base, dataset, networks: bright(), store });
    const taught = withSoftTargets(dataset, store);
    expect(taught.info).toEqual({ ...dataset.info, softChannels: 1 });
    expect(taught.softFile).toBeUndefined();
    const { soft, ...sample } = await taught.get(1);
    expect(sample).toEqual(await dataset.get(1));
    expect(soft).toEqual((await store.load('chip1')).map);
    await expect(withSoftTargets(memoryChips({ length: 3, size: 8 }), store).get(2)).rejects.toMatchObject({
      code: 'missing-file',
      where: { sample: 'chip2' },
    });
    await expect(withSoftTargets(memoryChips({ length: 1, size: 12 }), store).get(0)).rejects.toMatchObject({
      code: 'shape-mismatch',
    });
  });

  it('lets unlabelled chips teach', async () => {
    const dataset = memoryChips({ length: 8, size: 8, unlabelled: true });
    const { mask } = await dataset.get(0);
    expect(mask.data.every((label) => label === ignoreLabel)).toBe(true);
    const store = memoryTeacherMaps();
    await cacheTeacherMaps({ ...base, dataset, networks: bright(), store });
    const train = memorySource(withSoftTargets(dataset, store), 4);
    const run = { train, epochs: 30, learningRate: 0.05, seed: 1 };
    // Norms over the batch: those over a chip forget how bright it is.
    const model = studentUnet({ stages: 2, base: 4, bands: 2, inputSize: 8, norm: 'batch', seed: 1 });
    const { history } = await trainSegmenter({ ...run, model, loss: distillationObjective() });
    expect(history[29].trainLoss).toBeLessThan(history[0].trainLoss / 3);
    const test = memorySource(memoryChips({ length: 8, size: 8, seed: 9 }), 4);
    expect((await scoreNetworks({ networks: model, source: test })).jaccard).toBeGreaterThan(0.5);
    // Without the teacher there is nothing to learn.
    const untaught = tiny();
    const before = await weightArrays(untaught);
    await trainSegmenter({
      ...run,
      epochs: 1,
      model: untaught,
      optimizer: 'sgd',
      loss: distillationObjective({ alpha: 0 }),
    });
    expect(await weightArrays(untaught)).toEqual(before);
  });
});

describe('distill', () => {
  const labelled = memoryChips({ length: 8, size: 8 });
  const test = memorySource(memoryChips({ length: 6, size: 8, seed: 9 }), 4);
  const taught = async () => {
    const store = memoryTeacherMaps();
    await cacheTeacherMaps({ ...base, dataset: labelled, networks: bright(), store });
    return memorySource(withSoftTargets(labelled, store), 4);
  };

  it('compares a student with the same student without its teacher', async () => {
    const networks = [tiny(5), tiny(6)];
    const teacher = await scoreNetworks({ networks, source: test, mirror: ['horizontal', 'vertical'] });
    expect(teacher).toMatchObject({ networks: 2, parameters: tiny().countParams(), passes: 4 });
    const train = await taught();
    const options = { epochs: 2, learningRate: 0.02, seed: 4 };
    const stores = { distilled: memoryCheckpoints(), alone: memoryCheckpoints() };
    const { rows, runs, models } = await distill({
      ...options,
      student: () => tiny(3),
      teacher,
      train,
      test,
      runOf: (name) => ({ checkpoints: { store: stores[name] } }),
    });
    expect(rows.map(({ name, ratio }) => [name, ratio])).toEqual([
      ['teacher', 1],
      ['distilled', 1],
      ['alone', 1],
    ]);
    expect(rows[0].multiplyAdds).toBe(2 * (rows[1].multiplyAdds as number));
    expect(rows[1]).toMatchObject({ networks: 1, passes: 1 });
    expect(runs.alone.steps).toBe(runs.distilled.steps);
    expect(await stores.alone.list()).toHaveLength(2);
    // Each is what training it on its own gives.
    for (const [name, loss] of [
      ['alone', distillationObjective().validationLoss],
      ['distilled', distillationObjective()],
    ] as const) {
      const model = tiny(3);
      await trainSegmenter({ ...options, model, train, loss });
      expect(await weightArrays(models[name])).toEqual(await weightArrays(model));
    }
    expect(JSON.parse(JSON.stringify(rows))).toEqual(rows);
  });

  it('refuses students that differ by chance, and a teacher without a say', async () => {
    const train = await taught();
    const teacher = {} as ScoredNetworks;
    let seed = 0;
    const options = { teacher, train, test, epochs: 1 };
    await expect(distill({ ...options, student: () => tiny(seed++) })).rejects.toThrow(/same weights/);
    const mute = distill({ ...options, student: tiny, distillation: { alpha: 0 } });
    await expect(mute).rejects.toThrow(/alpha 0/);
  });

  it('scores functions as well as models', async () => {
    const scored = await scoreNetworks({ networks: bright(), source: test, tile: [8, 8] });
    expect(scored).toMatchObject({ parameters: undefined, multiplyAdds: undefined, networks: 1 });
    expect(scored.jaccard).toBe(scored.report.perClass[1].iou);
    expect(scored.jaccard).toBeGreaterThan(0.8);
    const unlabelled = memorySource(memoryChips({ length: 2, size: 8, unlabelled: true }), 2);
    await expect(scoreNetworks({ networks: bright(), source: unlabelled, tile: [8, 8] })).rejects.toThrow(/no pixel/);
  });
});
