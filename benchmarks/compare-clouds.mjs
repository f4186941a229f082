/**
 * Clouds on the Landsat 8 patches of LULC_DATA, split by scene: thresholds of brightness, a teacher of three folds, the student
 * that it teaches and the same student alone, for several seeds; scored on the test scenes and on a Sentinel-2 scene that no
 * network has seen anything like. Runs what is not finished yet, so it can be stopped and started again.
 *
 *     npm run build && node benchmarks/compare-clouds.mjs [folder of the runs] [seeds] [--jobs 2] [--print] [further settings]
 *     node benchmarks/compare-clouds.mjs runs/clouds 1,2,3 --jobs 2 -- --distillation.alpha 0.5
 *
 * `--print` only prints what is there.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  braatenCohenYang,
  cloudMetrics,
  evaluateBaseline,
  fitGlobalThreshold,
  fitRelativeBrightness,
} from '@lulc/cloud-unet-kd';
import { concatenateDatasets } from '@lulc/sentinel2-data';
import { openSegmentation } from '@lulc/sentinel2-data/node';

const [own, further] = split(process.argv.slice(2));
const { values, positionals } = parseArgs({
  args: own,
  options: { print: { type: 'boolean' }, jobs: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const [folder = 'runs/clouds', seedList = '1,2,3'] = positionals;
const seeds = seedList.split(',');
const folds = [0, 1, 2];
const cli = 'packages/cli/dist/lulc.js';
const config = 'examples/configs/l8-clouds.yaml';
const data = process.env.LULC_DATA ?? '../shared/data';

function split(args) {
  const at = args.indexOf('--');
  return at < 0 ? [args, []] : [args.slice(0, at), args.slice(at + 1)];
}

/** Runs a command of lulc clouds; resolves with what it prints. */
function lulc(...args) {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [cli, 'clouds', ...args, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const parts = [];
    child.stdout.on('data', (part) => parts.push(part));
    child.on('close', (status) => {
      const text = Buffer.concat(parts).toString();
      if (status === 0) done(JSON.parse(text));
      else fail(new Error(`lulc clouds ${args.join(' ')} ended with status ${status}: ${text}`));
    });
  });
}

/** Every task once, so many at a time. */
async function each(tasks, run) {
  const left = [...tasks];
  const worker = async () => {
    for (let task = left.shift(); task !== undefined; task = left.shift()) await run(task);
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, worker));
}

const runOf = (seed) => join(folder, `seed-${seed}`);
const settings = (seed) => ['--config', config, '--out', runOf(seed), '--seed', seed, ...further];

/** The Sentinel-2 scene laid out as a folder of images and masks. */
function sentinel2() {
  const to = resolve(folder, 's2-cloud-scene');
  for (const [kind, from, name] of [
    ['images', 'sentinel2_6band.tif', 'scene.tif'],
    ['masks', 'sentinel2_mask.png', 'scene.png'],
  ]) {
    mkdirSync(join(to, kind), { recursive: true });
    if (!existsSync(join(to, kind, name))) symlinkSync(resolve(data, 's2-cloud-scene', from), join(to, kind, name));
  }
  return to;
}

/** What is scored, and on what; kept, since scoring takes as long as some training. */
async function evaluated(name, place, args) {
  const file = join(folder, `${name}.json`);
  if (!existsSync(file)) {
    if (values.print || !place.every(existsSync)) return undefined;
    const scores = await lulc('evaluate', '--model', ...place, '--config', config, ...args);
    writeFileSync(file, JSON.stringify(scores, null, 1));
  }
  return JSON.parse(readFileSync(file, 'utf8'));
}

const tests = {
  'Landsat 8, test scenes': [],
  'Sentinel-2 scene': [
    ...['--data.path', sentinel2(), '--data.classes', 'csmask', '--split', 'all'],
    ...['--data.storedBands', '[blue, green, red, nir, swir1, swir2]'],
  ],
};

/** Thresholds, fitted on the Landsat 8 training patches, on one of the tests. */
async function thresholds(label) {
  const bands = ['blue', 'green', 'red', 'nir', 'swir1', 'swir2'];
  const [blue, green, red, swir] = [0, 1, 2, 4];
  const landsat = (part) =>
    openSegmentation({
      path: join(data, 'l8-biome'),
      storedBands: [...bands, 'cirrus', 'thermal'],
      bands,
      classes: 'l8-binary',
      split: part,
    });
  const train = concatenateDatasets([await landsat('train'), await landsat('val')]);
  const test =
    label === 'landsat'
      ? await landsat('test')
      : await openSegmentation({ path: sentinel2(), storedBands: bands, classes: 'csmask' });
  const fitted = await Promise.all([
    fitRelativeBrightness(train, { channels: [red, green, blue] }),
    fitGlobalThreshold(train, { channels: [blue] }),
    fitGlobalThreshold(train, { channels: [red, green, blue] }),
  ]);
  const rules = [
    ...fitted.map(({ baseline }) => baseline),
    braatenCohenYang({ channels: { green, red }, scale: 1e-4 }),
    braatenCohenYang({ channels: { green, red, swir }, scale: 1e-4 }),
  ];
  const rows = [];
  for (const rule of rules) {
    rows.push({ name: rule.name, report: await evaluateBaseline(rule, test, cloudMetrics()) });
  }
  return rows;
}

if (!values.print) {
  for (const seed of seeds) {
    if (!existsSync(join(runOf(seed), 'plans.json'))) await lulc('plan', ...settings(seed));
  }
  const trainings = seeds.flatMap((seed) => folds.map((fold) => ({ seed, fold })));
  await each(
    trainings.filter(({ seed, fold }) => !existsSync(join(runOf(seed), `fold_${fold}`, 'report.json'))),
    ({ seed, fold }) => lulc('train', ...settings(seed), '--fold', String(fold), '--resume'),
  );
  await each(
    seeds.filter((seed) => !existsSync(join(runOf(seed), 'distillation.json'))),
    (seed) => lulc('distill', ...settings(seed), '--resume'),
  );
}

const names = ['teacher', 'student', 'student-alone'];
for (const [test, args] of Object.entries(tests)) {
  const label = test.split(/\W/)[0].toLowerCase();
  const rows = new Map();
  for (const seed of seeds) {
    const places = [runOf(seed), join(runOf(seed), 'student'), join(runOf(seed), 'student-alone')];
    const found = await evaluated(`${label}-${seed}`, places, args);
    found?.evaluations.forEach((evaluation, i) => {
      rows.set(names[i], [...(rows.get(names[i]) ?? []), { ...evaluation, parameters: found.parameters[places[i]] }]);
    });
  }
  const [first] = rows.get('teacher') ?? [];
  if (first === undefined) continue;
  for (const row of await thresholds(label)) rows.set(row.name, [row]);
  console.log(`\n${test}: ${first.report.chips} images, ${first.report.pixels.toLocaleString('en')} pixels\n`);
  console.log('| | seeds | Jaccard | F1 | weights of all networks | Mpx/s |\n|---|---|---|---|---|---|');
  for (const [name, found] of rows) {
    const spread = (of) => {
      const scores = found.map(of);
      const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
      const list = scores.length > 1 ? ` (${scores.map((score) => score.toFixed(3)).join(', ')})` : '';
      return mean.toFixed(3) + list;
    };
    const weights = found[0].parameters?.toLocaleString('en') ?? '–';
    const [{ megapixelsPerSecond }] = found;
    const speed = megapixelsPerSecond === undefined ? '–' : megapixelsPerSecond.toFixed(2);
    console.log(
      `| ${name} | ${found.length} | ${spread(({ report }) => report.micro.jaccard)} | ${spread(({ report }) => report.micro.dice)} | ${weights} | ${speed} |`,
    );
  }
}
