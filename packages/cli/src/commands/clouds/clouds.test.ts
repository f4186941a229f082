import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadTensors } from '@lulc/core';
import { openScene } from '@lulc/sentinel2-data/node';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCodes } from '../../program/exitCodes.js';
import type { CloudTrainingReport } from '../../run/clouds/cloudTraining.js';
import type { CloudEvaluation } from '../../run/clouds/scoreClouds.js';
import type { DistillationRow } from '../../tables/clouds.js';
import { chipGeo, chipSize, emptyRows, maskValues, writeCloudChips, writeSafe } from '../../testing/cloudChips.js';
import { runCollected, runUntil } from '../../testing/collectIo.js';
import { fetched, pictures, unclosed } from '../../testing/pages.js';

const folder = mkdtempSync(path.join(tmpdir(), 'lulc-clouds-'));
afterAll(() => rmSync(folder, { recursive: true }));
const place = (name: string) => path.join(folder, name);
const data = place('chips');
const run = place('run');

/** Threads need the built package, so that reading happens here. */
const settings = [
  ...['--engine', 'wasm', '--data', data, '--data.storedBands', 'rgbn', '--data.workers', '0'],
  ...['--data.classes', JSON.stringify({ clear: 0, cloud: 1 }), '--data.ignore', String(maskValues.unknown)],
  ...['--plan.batchSize', '2', '--plan.widths', '[4, 8, 8, 8]', '--plan.epochs', '2', '--plan.iterations', '4'],
  ...['--plan.validationIterations', '1', '--plan.normalization', 'dataset', '--plan.reason', 'a test'],
  ...['--folds.count', '2', '--student.stages', '2', '--student.base', '4'],
];
const testChips = 3;

async function clouds<Result>(...argv: readonly string[]): Promise<Result> {
  const { status, out, err } = await runCollected(['clouds', ...argv, '--json']);
  expect(err).not.toContain('error');
  expect(status).toBe(exitCodes.ok);
  return JSON.parse(out) as Result;
}

async function refused(...argv: readonly string[]) {
  const { status, out } = await runCollected(['clouds', ...argv, '--json']);
  expect(status).not.toBe(exitCodes.ok);
  const { error } = JSON.parse(out);
  return { code: error.code as string, words: `${error.message} ${error.hint} ${JSON.stringify(error.where)}` };
}

const json = (file: string) => JSON.parse(readFileSync(file, 'utf8'));
const weightsOf = async (part: string) => (await loadTensors(place(`${part}/model.safetensors`))).tensors;
/** The pixels of an 8-bit file, by a reader of others. */
const pixelsOf = async (file: string) => new Uint8Array(await sharp(file).extractChannel(0).raw().toBuffer());
const chip = (name: string) => path.join(data, 'images', `${name}.tif`);
const truthOf = (name: string) => pixelsOf(path.join(data, 'masks', `${name}.png`));

interface Trained {
  readonly folder: string;
  readonly folds: readonly { readonly fold: number | 'all'; readonly report: CloudTrainingReport }[];
}
interface Distilled {
  readonly simulated: boolean;
  readonly rows: readonly DistillationRow[];
}
interface Evaluated {
  readonly parameters: Readonly<Record<string, number>>;
  readonly evaluations: readonly CloudEvaluation[];
}

let trained: Trained;
let distilled: Distilled;
beforeAll(async () => {
  await writeCloudChips(data, { train: 8, test: testChips });
  trained = await clouds('train', ...settings, '--out', run);
  distilled = await clouds('distill', '--out', run);
}, 120_000);

describe('lulc clouds plan', () => {
  const planned = place('planned');

  it("writes nnU-Net's three files, says what was overruled, and does not replace them", async () => {
    const result = await clouds<{ plan: { changes: object[] }; splits: object[] }>(
      'plan',
      ...settings,
      '--out',
      planned,
    );
    expect(result).toMatchObject({
      folder: planned,
      plan: { batchSize: 2, widths: [4, 8, 8, 8], patchSize: [32, 32], cases: 8, bands: ['B04', 'B03', 'B02', 'B08'] },
      splits: [{}, {}],
    });
    const change = { field: 'epochs', planned: 1000, value: 2, reason: 'a test' };
    expect(result.plan.changes).toContainEqual(change);
    // the empty rows are cropped away, as nnU-Net does
    expect(json(`${planned}/dataset_fingerprint.json`).shapes_after_crop[0]).toEqual([
      1,
      chipSize - emptyRows,
      chipSize,
    ]);
    expect(json(`${planned}/plans.json`).configurations['2d']).toMatchObject({ batch_size: 2, patch_size: [32, 32] });
    const splits = json(`${planned}/splits_final.json`) as { train: string[]; val: string[] }[];
    expect(splits).toEqual(result.splits);
    // two chips of a scene are never on both sides
    const sceneOf = (id: string) => Math.floor(Number(id.replace(/\D/g, '')) / 2);
    for (const { train, val } of splits) {
      expect([...train, ...val].toSorted()).toEqual(Array.from({ length: 8 }, (_, i) => `train${i}`));
      expect(train.map(sceneOf).filter((scene) => val.map(sceneOf).includes(scene))).toEqual([]);
    }
    expect(await refused('plan', ...settings, '--out', planned)).toMatchObject({
      code: 'incompatible',
      words: expect.stringContaining('--overwrite plans anew'),
    });
  });

  it('tells people of the plan', async () => {
    const { status, out, err } = await runCollected(['clouds', 'plan', '--out', planned, '--overwrite']);
    expect(status).toBe(exitCodes.ok);
    expect(out).toContain("REDUCED or overruled: not nnU-Net's own plan (v2)");
    expect(out).toContain('epochs: 2 instead of 1000, a test');
    expect(err).toContain('SIMULATED');
  });

  it('honours splits that were made by hand, and those of nnU-Net', async () => {
    const file = `${planned}/splits_final.json`;
    const ids = Array.from({ length: 8 }, (_, i) => `train${i}`);
    const byHand = [{ train: ids.slice(1), val: ids.slice(0, 1) }];
    writeFileSync(file, JSON.stringify(byHand));
    await clouds('plan', '--out', planned, '--overwrite');
    expect(json(file)).toEqual(byHand);
    const { folds } = await clouds<Trained>('train', '--out', planned, '--plan.epochs', '1');
    expect(folds.map(({ report }) => report.data)).toEqual([{ name: 'chips', train: 7, validation: 1 }]);
    writeFileSync(file, JSON.stringify([{ train: ['of-elsewhere'], val: ids }]));
    expect((await refused('train', '--out', planned, '--overwrite')).words).toContain('of-elsewhere');
    writeFileSync(file, JSON.stringify(byHand));
  });

  it('keeps the settings of a plan that is there, and says so', async () => {
    const { err } = await runCollected(['clouds', 'train', '--out', planned, '--plan.epochs', '7', '--resume']);
    expect(err).toContain('warning: the plan was made by other settings');
    expect(readFileSync(`${planned}/config.yaml`, 'utf8')).toContain('epochs: 2');
  });
});

describe('lulc clouds train', () => {
  it('trains the folds, each scored on what it has not seen, and leaves every file of a run', () => {
    expect(trained.folds.map(({ fold }) => fold)).toEqual([0, 1]);
    for (const { fold, report } of trained.folds) {
      const { folder: _, ...rest } = { folder: '', ...report };
      expect(json(`${run}/fold_${fold}/report.json`)).toEqual(rest);
      expect(report).toMatchObject({
        simulated: true,
        data: { name: 'chips', train: 4, validation: 4 },
        model: { card: { task: 'segmentation', classes: ['clear', 'cloud'], scaling: { name: 'chips' } } },
        training: { epochs: 2, steps: 8 },
      });
      const { counts, pixels, ignored } = report.evaluation ?? {};
      expect([pixels, ignored]).toEqual([4 * (chipSize - emptyRows) * chipSize, 4 * emptyRows * chipSize]);
      expect(Object.values(counts ?? {}).reduce((sum, count) => sum + count, 0)).toBe(pixels);
      for (const name of ['config.yaml', 'log.jsonl', 'model', 'model.safetensors']) {
        expect(existsSync(`${run}/fold_${fold}/${name}`), name).toBe(true);
      }
    }
  });

  it('keeps finished folds and goes on with an interrupted one to the same weights', async () => {
    const argv = ['clouds', 'train', ...settings, '--out', place('broken'), '--json'];
    // in the second fold, whose first fold is finished
    let begun = 0;
    const { status, out } = await runUntil((line) => line.startsWith('epoch 1/2') && ++begun === 2, argv);
    expect(status).toBe(exitCodes.interrupted);
    expect(JSON.parse(out).resume).toBe(`lulc clouds train --resume --out ${place('broken')}`);
    expect(existsSync(place('broken/fold_1/report.json'))).toBe(false);
    const first = json(place('broken/fold_0/report.json'));
    const { folds } = await clouds<Trained>('train', '--resume', '--out', place('broken'));
    expect(folds[0].report.date).toBe(first.date);
    for (const fold of [0, 1])
      expect(await weightsOf(`broken/fold_${fold}`)).toEqual(await weightsOf(`run/fold_${fold}`));
    expect(folds[1].report.evaluation).toEqual(trained.folds[1].report.evaluation);
  });

  it('trains one fold, or one network on everything', async () => {
    const { folds } = await clouds<Trained>('train', ...settings, '--fold', 'all', '--out', place('whole'));
    expect(folds).toMatchObject([{ fold: 'all', report: { data: { train: 8, validation: 0 } } }]);
    expect(folds[0].report.evaluation).toBeUndefined();
    const page = readFileSync(place('whole/report.html'), 'utf8');
    expect([unclosed(page), fetched(page), pictures(page).all]).toEqual([[], [], 0]);
    expect(page).toContain('fold all: loss');
    expect((await refused('train', '--out', place('whole'), '--fold', 'first')).words).toContain(
      'A number from 0, or all',
    );
  });

  it('refuses a folder that holds folds', async () => {
    expect(await refused('train', '--out', run)).toMatchObject({
      code: 'incompatible',
      words: expect.stringContaining('--resume keeps what is finished'),
    });
  });

  it('needs to know where the data are', async () => {
    const { code, words } = await refused('train', '--out', place('nothing'));
    expect([code, words]).toEqual(['invalid-argument', expect.stringContaining('--data <folder>')]);
  });
});

describe('lulc clouds distill', () => {
  it('gives three rows: the folds together, the student, and the student alone', () => {
    expect(distilled.simulated).toBe(true);
    expect(json(`${run}/distillation.json`)).toEqual(distilled);
    const [teacher, student, alone] = distilled.rows;
    expect([teacher.name, student.name, alone.name]).toEqual(['teacher', 'student', 'student-alone']);
    expect([teacher.networks, student.networks, alone.networks]).toEqual([2, 1, 1]);
    expect(student.parameters).toBe(alone.parameters);
    expect(student.ratio).toBeCloseTo(teacher.parameters / student.parameters, 10);
    expect(student.multiplyAdds).toBeLessThan(teacher.multiplyAdds);
    for (const { evaluation } of distilled.rows) {
      expect(evaluation).toMatchObject({ dataset: 'chips', split: 'test', report: { chips: testChips } });
    }
  });

  it('keeps what the teacher says, and teaches only one of the students', async () => {
    const [taught, alone] = [await weightsOf('run/student'), await weightsOf('run/student-alone')];
    expect([...taught.keys()]).toEqual([...alone.keys()]);
    expect(taught).not.toEqual(alone);
    const { err } = await runCollected(['clouds', 'distill', '--out', run, '--resume']);
    expect(err).toContain('student, taught: finished before');
    expect(err).toContain('the same student, alone: finished before');
  });

  it('leaves a page with the plan, folds, curves, rows and masks, which fetches nothing', () => {
    const page = readFileSync(`${run}/report.html`, 'utf8');
    expect([unclosed(page), fetched(page), page.includes('SIMULATED DATA')]).toEqual([[], [], true]);
    // of each test chip the image, the truth and three masks
    expect(pictures(page)).toEqual({ all: 5 * testChips, undescribed: 0 });
    for (const name of ['truth', 'teacher', 'student', 'student-alone']) {
      expect(page.match(new RegExp(`alt="Mask of image test\\d: ${name}"`, 'g')), name).toHaveLength(testChips);
    }
    // loss and score of two folds, loss of two students, and precision over recall
    expect(page.match(/<svg/g)).toHaveLength(2 * 2 + 2 + 1);
    expect(page).toContain('epochs: 2 instead of 1000, a test');
    expect(page).toContain('Precision over recall');
    const [, student] = distilled.rows;
    expect(page).toContain(`<td>${student.evaluation?.report.micro.jaccard?.toFixed(3)}</td>`);
    expect(page).toContain(`${student.parameters.toLocaleString('en')}`);
  });

  it('needs the folds', async () => {
    const { code, words } = await refused('distill', ...settings, '--out', place('untrained'));
    expect([code, words]).toEqual(['missing-file', expect.stringContaining('0 of 2 folds')]);
  });

  it('refuses a folder that holds students', async () => {
    expect((await refused('distill', '--out', run)).code).toBe('incompatible');
  });

  it.each([
    ['distillation.alpha', '0.5', 'was 0.3, is 0.5'],
    ['distillation.temperature', '2', 'was 3, is 2'],
    ['distillation.distance', 'mse-prob', 'was "kl", is "mse-prob"'],
    ['distillation.teacher', 'ensemble', 'was "out-of-fold", is "ensemble"'],
    ['distillation.mirror', 'false', 'was true, is false'],
    ['student.norm', 'instance', 'was "batch", is "instance"'],
    ['student.base', '8', 'was 4, is 8'],
    ['student.batchSize', '1', 'was not given, is 1'],
    ['student.epochs', '3', 'was not given, is 3'],
    ['student.optimizer', 'sgd', 'was "adamw", is "sgd"'],
    ['student.learningRate', '0.1', 'was not given, is 0.1'],
    ['seed', '7', 'was 42, is 7'],
    ['data.ignore', '8', 'was 9, is 8'],
  ])('keeps no student that was taught by another %s, and does not keep that', async (setting, value, words) => {
    const kept = readFileSync(`${run}/config.yaml`, 'utf8');
    const error = await refused('distill', '--out', run, '--resume', `--${setting}`, value);
    expect(error).toEqual({ code: 'incompatible', words: expect.stringContaining(`${setting} ${words}`) });
    expect(readFileSync(`${run}/config.yaml`, 'utf8')).toBe(kept);
  });

  it('refuses one that was begun by other settings, and keeps the one alone when the other is taken away', async () => {
    cpSync(run, place('again'), { recursive: true });
    const argv = ['distill', '--out', place('again'), '--resume', '--distillation.alpha', '0.5'];
    rmSync(place('again/student/report.json'));
    expect((await refused(...argv)).words).toContain('distillation.alpha was 0.3, is 0.5');
    rmSync(place('again/student'), { recursive: true });
    await clouds(...argv);
    expect(await weightsOf('again/student')).not.toEqual(await weightsOf('run/student'));
    expect(await weightsOf('again/student-alone')).toEqual(await weightsOf('run/student-alone'));
  });

  it('says which values of the plan a finished fold does not have', async () => {
    const plans = json(place('again/plans.json'));
    plans.configurations['2d'].batch_size = 4;
    writeFileSync(place('again/plans.json'), JSON.stringify(plans));
    const { code, words } = await refused('train', '--out', place('again'), '--resume');
    expect([code, words]).toEqual(['incompatible', expect.stringContaining('another plan: batchSize was 2, is 4')]);
  });
});

describe('lulc clouds evaluate', () => {
  it('scores folds together, single models, ensembles by comma, and thresholds, with and without borders', async () => {
    const [first, second] = [`${run}/fold_0`, `${run}/fold_1/model`];
    const models = [run, first, `${first},${second}`, `${run}/student`];
    const { parameters, evaluations } = await clouds<Evaluated>(
      ...['evaluate', '--model', ...models, '--baselines', '--ring', '1', '--out', run],
    );
    expect(evaluations.slice(0, 4).map(({ name }) => name)).toEqual(models);
    expect(evaluations.length).toBe(4 + 4);
    // the folder stands for its folds
    expect(evaluations[0].report).toEqual(evaluations[2].report);
    expect(parameters[run]).toBe(2 * parameters[first]);
    expect(evaluations[0].report).toEqual(distilled.rows[0].evaluation?.report && withRing(evaluations[0].report));
    for (const { report } of evaluations) {
      expect(report.chips).toBe(testChips);
      expect(report.inner?.pixels).toBeLessThan(report.pixels);
    }
    // discs are brighter than anything else
    const [brightness] = evaluations.slice(4);
    expect(brightness.report.micro.jaccard).toBeGreaterThan(0.95);

    function withRing(report: CloudEvaluation['report']) {
      return { ...distilled.rows[0].evaluation?.report, inner: report.inner };
    }
  });

  it('tells people, and takes the configuration from the model when it is a run folder', async () => {
    const { status, out } = await runCollected(['clouds', 'evaluate', '--model', run]);
    expect(status).toBe(exitCodes.ok);
    expect(out).toContain(`chips, part test, ${testChips} images`);
    expect(out).toContain('SIMULATED');
  });

  it('keeps the scores, and one page shows everything that the folder has, whatever came last', async () => {
    const everything = place('everything');
    cpSync(run, everything, { recursive: true });
    rmSync(`${everything}/evaluation.json`, { force: true });
    const { evaluations } = await clouds<Evaluated>(
      ...['evaluate', '--model', `${everything}/fold_1`, '--split', 'train', '--out', everything],
    );
    expect(json(`${everything}/evaluation.json`).evaluations).toEqual(evaluations);
    const sections = () =>
      [...readFileSync(`${everything}/report.html`, 'utf8').matchAll(/<h2>(.*?)<\/h2>/g)].map(([, title]) => title);
    const all = [
      'Teacher and students on the part “test” of chips (simulated)',
      'Evaluated on the part “train” of chips (simulated)',
      'The plan of the teacher',
      'Folds of the teacher',
      'Learning curves',
      'Test images (simulated) and their masks',
    ];
    expect(sections()).toEqual(expect.arrayContaining(all));
    rmSync(`${everything}/report.html`);
    await clouds('train', '--resume', '--out', everything);
    expect(sections()).toEqual(expect.arrayContaining(all));
    // scores are of the networks that were there
    await clouds('train', '--fold', 'all', '--out', everything);
    expect(sections()).toEqual(expect.arrayContaining(all.slice(2)));
    expect(sections()).not.toContain(all[0]);
    expect(sections()).not.toContain(all[1]);
  });

  it('keeps no scores with a run of other data', async () => {
    const elsewhere = ['--data.bands', '[B04, B03, B02, B08]', '--out', place('again')];
    rmSync(place('again/evaluation.json'), { force: true });
    await clouds('evaluate', '--model', run, ...elsewhere);
    expect(existsSync(place('again/evaluation.json'))).toBe(false);
  });

  it.each([
    ['a model that is not there', ['--model', place('no-model')], 'missing-file', 'no-model'],
    ['a part that is not there', ['--split', 'nowhere'], 'unknown-name', 'nowhere'],
    ['images of other bands', ['--data.bands', '[B03, B04, B02, B08]'], 'incompatible', 'B04, B03, B02, B08'],
    [
      'thresholds without colours',
      ['--baselines', '--data.storedBands', '[a, b, c, d]'],
      'incompatible',
      'red, green and blue',
    ],
  ])('refuses %s', async (_, argv, code, words) => {
    const error = await refused('evaluate', '--out', run, ...argv);
    expect(error).toEqual({ code, words: expect.stringContaining(words) });
  });
});

describe('lulc clouds predict', () => {
  const to = place('maps');
  const asStored = ['--stored-bands', 'B04,B03,B02,B08', '--engine', 'wasm'];

  it('writes mask, probability and quick-look on the grid of the scene', async () => {
    const { scenes } = await clouds<{
      scenes: { cover: number; validPixels: number; mask: string; skipped: boolean }[];
    }>(
      ...['predict', chip('test0'), chip('test1'), '--model', run, '--to', to, ...asStored],
      ...['--probability', '--quicklook'],
    );
    expect(scenes).toHaveLength(2);
    const [{ cover, validPixels, mask, skipped }] = scenes;
    expect([mask, skipped]).toEqual([path.join(to, 'test0_mask.tif'), false]);
    expect(validPixels).toBe((chipSize - emptyRows) * chipSize);

    const labels = await pixelsOf(mask);
    expect(labels.slice(0, emptyRows * chipSize).every((label) => label === 255)).toBe(true);
    const known = labels.slice(emptyRows * chipSize);
    expect(known.filter((label) => label === 1).length / known.length).toBeCloseTo(cover, 10);
    expect(new Set(known).has(255)).toBe(false);

    for (const kind of ['mask', 'probability']) {
      const map = await openScene({ path: path.join(to, `test0_${kind}.tif`) });
      expect(map.geo).toMatchObject(chipGeo);
      expect(map.size).toEqual([chipSize, chipSize]);
      const all = { top: 0, left: 0, rows: chipSize, columns: chipSize };
      const { image, valid } = await map.read(all).finally(() => map.close());
      expect(valid.reduce((sum, value) => sum + value, 0)).toBe(validPixels);
      // ten-thousandths, from 0.5 on cloud
      if (kind === 'probability') {
        image.data.forEach((level, i) => {
          if (labels[i] === 255) expect(level).toBe(65_535);
          else if (level !== 5000) expect([i, labels[i]]).toEqual([i, level > 5000 ? 1 : 0]);
        });
      }
    }
    expect(await sharp(path.join(to, 'test0_quicklook.png')).metadata()).toMatchObject({
      format: 'png',
      width: chipSize,
      height: chipSize,
    });
  });

  it('maps what evaluate scores', async () => {
    const counts = { tp: 0, fp: 0, fn: 0, tn: 0 };
    await clouds('predict', chip('test2'), '--model', run, '--to', to, ...asStored);
    for (const name of ['test0', 'test1', 'test2']) {
      const [truth, said] = [await truthOf(name), await pixelsOf(path.join(to, `${name}_mask.tif`))];
      truth.forEach((label, i) => {
        if (label === maskValues.unknown) return;
        counts[label === 1 ? (said[i] === 1 ? 'tp' : 'fn') : said[i] === 1 ? 'fp' : 'tn']++;
      });
    }
    expect(distilled.rows[0].evaluation?.report.counts).toEqual(counts);
  });

  it('takes a Sentinel-2 product, its offset added or not, as the same scene in a GeoTIFF', async () => {
    const bands = ['B04', 'B03', 'B02', 'B08'];
    const scene = await openScene({ path: chip('test0') });
    const { image } = await scene.read({ top: 0, left: 0, rows: chipSize, columns: chipSize });
    await scene.close();
    const safe = place('S2B_MSIL1C_SIMULATED.SAFE');
    await writeSafe(safe, image, bands);
    const product = ['predict', safe, '--model', run, '--engine', 'wasm', '--to', to];
    await clouds(...product);
    const mask = path.join(to, 'S2B_MSIL1C_SIMULATED_mask.tif');
    expect(await pixelsOf(mask)).toEqual(await pixelsOf(path.join(to, 'test0_mask.tif')));
    const map = await openScene({ path: mask });
    expect(map.geo).toMatchObject(chipGeo);
    await map.close();
    const { err } = await runCollected(['clouds', ...product]);
    expect(err).toContain('S2B_MSIL1C_SIMULATED.SAFE: Level-1C, baseline 05.09, offset -1000 added');
    const kept = await runCollected(['clouds', ...product, '--radiometric-offset', 'keep']);
    expect(kept.err).toContain('offset -1000 NOT added');
  });

  it('leaves out scenes that are done, when told to', async () => {
    const before = readFileSync(path.join(to, 'test0_mask.tif'));
    const argv = ['predict', chip('test0'), '--model', `${run}/student`, '--to', to, ...asStored];
    const { scenes } = await clouds<{ scenes: object[] }>(...argv, '--skip-existing');
    expect(scenes).toEqual([{ scene: chip('test0'), mask: path.join(to, 'test0_mask.tif'), skipped: true }]);
    expect(readFileSync(path.join(to, 'test0_mask.tif')).equals(before)).toBe(true);
    const { out } = await runCollected(['clouds', ...argv, '--skip-existing']);
    expect(out).toContain('there already');
  });

  it.each([
    ['a scene that is not there', ['nowhere.tif', '--model', run], 'missing-file', 'nowhere.tif'],
    ['a model that is not there', [chip('test0'), '--model', place('none')], 'missing-file', 'none'],
    ['a scene of other bands', [chip('test0'), '--model', run], 'unknown-name', 'B04'],
    [
      'a nodata value that is none',
      [chip('test0'), '--model', run, '--nodata', 'nil'],
      'invalid-argument',
      'A number, or none',
    ],
    ['scenes with one name', [chip('test0'), chip('test0'), '--model', run], 'invalid-argument', 'another --to'],
  ])('refuses %s', async (_, argv, code, words) => {
    const error = await refused('predict', ...argv, '--to', place('refused'));
    expect(error).toEqual({ code, words: expect.stringContaining(words) });
  });
});

const hasRuntime = (() => {
  try {
    return createRequire(import.meta.url).resolve('onnxruntime-node') !== '';
  } catch {
    return false;
  }
})();

describe('lulc clouds export', () => {
  interface Exported {
    readonly bytes: number;
    readonly bytesInFloat32: number;
    readonly integerLayers?: number;
    readonly comparison: { readonly images: number; readonly agreement: number; readonly maxDifference: number };
  }

  it.skipIf(!hasRuntime)('writes the student in float, which says the same', async () => {
    const to = place('student.onnx');
    const result = await clouds<Exported>('export', '--model', run, '--to', to);
    expect(result).toMatchObject({ model: `${run}/student`, to, comparison: { images: testChips, agreement: 1 } });
    expect(result.comparison.maxDifference).toBeLessThan(1e-5);
    expect(readFileSync(to).byteLength).toBe(result.bytes);
    expect(result.bytes).toBeGreaterThan(result.bytesInFloat32);
    expect(result.integerLayers).toBeUndefined();
  });

  it.skipIf(!hasRuntime)('writes the student in 8 bits, and says what that costs', async () => {
    const argv = ['--model', `${run}/student`, '--to', place('student-int8.onnx'), '--int8', '--calibration', '4'];
    const { integerLayers, comparison } = await clouds<Exported>('export', ...argv);
    expect(integerLayers).toBeGreaterThan(3);
    expect(comparison.agreement).toBeGreaterThan(0.8);
    expect(comparison.maxDifference).toBeGreaterThan(0);
    const { out } = await runCollected(['clouds', 'export', ...argv]);
    expect(out).toMatch(/layers in 8-bit integers/);
    expect(out).toMatch(/│ cloud +│/);
  });

  it('fills up few channels as far as it is told', async () => {
    const bytesOf = async (least: string) => {
      const argv = ['--model', `${run}/student`, '--int8', '--least-channels', least, '--calibration', '1'];
      return (await clouds<Exported>('export', ...argv, '--to', place('filled.onnx'))).bytes;
    };
    expect(await bytesOf('8')).toBeGreaterThan(await bytesOf('1'));
  });

  it.each([
    ['no least channel', ['--model', run, '--int8', '--least-channels', '0'], 'leastChannels'],
    ['several networks', ['--model', `${run}/fold_0,${run}/fold_1`, '--out', run], 'Name one fold, or a student'],
    ['a calibration without images', ['--model', run, '--int8', '--calibration', '0'], 'calibration'],
  ])('refuses %s', async (_, argv, words) => {
    const error = await refused('export', ...argv, '--to', place('refused.onnx'));
    expect(error).toEqual({ code: 'invalid-argument', words: expect.stringContaining(words) });
  });
});
