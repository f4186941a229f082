/**
 * Pre-training against random weights when labels are scarce, on the India sample in LULC_DATA: every method pre-trains once
 * per seed on the training tiles without labels; each result, and random weights, are fine-tuned with shares of the labels
 * drawn by location. Runs what has no report yet, so it can be stopped and started again, and prints a table of the scores
 * on the held-out locations.
 *
 *     npm run build && node benchmarks/compare-pretraining.mjs [folder of the runs] [methods] [shares] [seeds] [--print]
 *     node benchmarks/compare-pretraining.mjs runs/ssl random,glcnet,embedding-earth,simclr 0.01,0.1,1 1,2,3
 *
 * `--print` only prints what is there.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({ options: { print: { type: 'boolean' } }, allowPositionals: true });
const [folder = 'runs/ssl', methods = 'random,glcnet,embedding-earth,simclr', shares = '0.01,0.1,1', seeds = '1,2,3'] =
  positionals;

const cli = 'packages/cli/dist/lulc.js';

/** The network of the pre-training configuration, for runs from random weights. */
const network = [
  ['encoder.family', 'resnet'],
  ['encoder.depth', '18'],
  ['encoder.style', 'torchvision'],
  ['encoder.outputStride', '16'],
  ['decoder.name', 'deeplabv3plus'],
  ['decoder.width', '64'],
  ['decoder.rates', '[2, 4, 6]'],
].flatMap(([path, value]) => [`--network.${path}`, value]);

function run(name, command) {
  const out = join(folder, name);
  const report = join(out, 'report.json');
  if (!existsSync(report) && !values.print) {
    const resume = existsSync(join(out, 'config.yaml')) ? ['--resume'] : [];
    const all = [cli, ...command, '--out', out, ...resume];
    const { status } = spawnSync(process.execPath, all, { stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) process.exit(status ?? 1);
  }
  return existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined;
}

const pretrain = (method, seed) =>
  run(`${method}-${seed}`, [
    'pretrain',
    '--config',
    'examples/configs/s2-india-pretrain.yaml',
    '--method.name',
    method,
    '--seed',
    seed,
    // all that contrast images or regions see the same views
    ...(method === 'simclr' ? ['--views.recipe', 'glcnet'] : []),
  ]);

const finetune = (method, share, seed) =>
  run(`${method}-${seed}-${share}`, [
    'finetune',
    '--config',
    'examples/configs/s2-india-finetune.yaml',
    '--data.fraction',
    share,
    '--data.fractionSeed',
    seed,
    '--seed',
    seed,
    ...(method === 'random' ? network : ['--transfer.from', join(folder, `${method}-${seed}`, 'model')]),
  ]);

const lists = { methods: methods.split(','), shares: shares.split(','), seeds: seeds.split(',') };

// seed by seed, so that a run that is stopped early leaves whole comparisons
for (const seed of lists.seeds) {
  for (const method of lists.methods) {
    if (method !== 'random') pretrain(method, seed);
    for (const share of lists.shares) finetune(method, share, seed);
  }
}

const mean = (numbers) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
const deviation = (numbers) =>
  Math.sqrt(numbers.reduce((sum, value) => sum + (value - mean(numbers)) ** 2, 0) / Math.max(1, numbers.length - 1));
const cell = (numbers) => `${mean(numbers).toFixed(3)} ± ${deviation(numbers).toFixed(3)}`;

const kappa = (report) => report.evaluation.metrics.kappa;

/** Kappa minus that of random weights with the same labels and seed, one number per seed. */
const gains = (method, share) =>
  lists.seeds.flatMap((seed) => {
    const [own, random] = [finetune(method, share, seed), finetune('random', share, seed)];
    return own && random ? [kappa(own) - kappa(random)] : [];
  });
const signed = (value) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;

console.log('| labels | weights | OA | kappa | mIoU | seeds | kappa beyond random, by seed |');
console.log('|---|---|---|---|---|---|---|');
for (const share of lists.shares) {
  for (const method of lists.methods) {
    const reports = lists.seeds.flatMap((seed) => finetune(method, share, seed) ?? []);
    if (reports.length === 0) continue;
    const scores = (name) => cell(reports.map(({ evaluation }) => evaluation.metrics[name]));
    const labels = `${100 * Number(share)} % (${reports[0].data.samples.train})`;
    const beyond = method === 'random' ? '' : gains(method, share).map(signed).join(', ');
    console.log(
      `| ${labels} | ${method} | ${scores('overallAccuracy')} | ${scores('kappa')} | ${scores('meanIou')} | ${reports.length} | ${beyond} |`,
    );
  }
}
