/**
 * The benchmark's comparison at the scale of the samples in LULC_DATA: five networks, one recipe, several seeds, on real
 * images. Trains what has no report yet, so it can be stopped and started again, and prints a table.
 *
 *     npm run build && node benchmarks/compare-models.mjs [folder of the runs] [sets] [seeds] [--print]
 *     node benchmarks/compare-models.mjs runs/compare india,eurosat 42,43,44
 *
 * `--print` only prints what is there. All networks see images of 60 x 60 pixels.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({ options: { print: { type: 'boolean' } }, allowPositionals: true });
const [folder = 'runs/compare', sets = 'india,eurosat', seeds = '42,43,44'] = positionals;

/** Networks: options of `model` in a configuration. */
const models = {
  'WRN-B4-ECA': ['wrn-b4', '--model.family', 'wrn-eca', '--model.preset', 'B4'],
  ResNet50: ['resnet50', '--model.family', 'resnet', '--model.depth', '50'],
  'EfficientNet-B0-ECA': ['effb0eca', '--model.family', 'scaled-efficientnet', '--model.preset', 'B0'],
  'ViT/20': ['vit20', '--model.family', 'vit', '--model.patch', '20'],
  MLPMixer: ['mixer', '--model.family', 'mlp-mixer'],
};

/** Sets: the configuration with data and augmentation, and the epochs. */
const data = {
  india: ['examples/configs/s2-india.yaml', '40'],
  eurosat: ['examples/configs/eurosat-rgb.yaml', '15'],
};

const cli = 'packages/cli/dist/lulc.js';

function reportOf(set, [name, ...options], seed) {
  const out = join(folder, `${set}-${name}-${seed}`);
  const file = join(out, 'report.json');
  if (!existsSync(file) && !values.print) {
    const [config, epochs] = data[set];
    const recipe = ['--model.inputSize', '60', '--training.epochs', epochs, '--training.learningRate', '1.0e-3'];
    const command = [cli, 'train', '--config', config, ...options, ...recipe, '--seed', seed, '--out', out];
    const { status } = spawnSync(process.execPath, command, { stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) process.exit(status ?? 1);
  }
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

const mean = (numbers) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;

/** Mean, and the single values where there are several. */
const spread = (numbers) =>
  numbers.length === 1
    ? numbers[0].toFixed(3)
    : `${mean(numbers).toFixed(3)} (${numbers.map((value) => value.toFixed(3)).join(', ')})`;

for (const set of sets.split(',')) {
  console.log(`\n${set}, ${data[set][1]} epochs\n`);
  console.log('| network | trainable weights | macro F1 (by seed) | micro F1 (by seed) | training | evaluation |');
  console.log('|---|---|---|---|---|---|');
  for (const [title, model] of Object.entries(models)) {
    const reports = seeds.split(',').flatMap((seed) => reportOf(set, model, seed) ?? []);
    if (reports.length === 0) continue;
    const scores = (score) => spread(reports.map(({ evaluation }) => score(evaluation.metrics)));
    const seconds = mean(reports.map(({ training }) => training.trainSeconds));
    const rate = mean(reports.map(({ evaluation }) => evaluation.imagesPerSecond));
    const weights = reports[0].model.parameters.trainable.toLocaleString('en');
    console.log(
      `| ${title} | ${weights} | ${scores(({ macro }) => macro.f1)} | ${scores((metrics) => metrics.micro?.f1 ?? metrics.accuracy)} | ${seconds.toFixed(0)} s | ${rate.toFixed(0)} images/s |`,
    );
  }
}
