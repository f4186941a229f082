import path from 'node:path';
import { type Engine, type EngineName, useEngine } from '@lulc/core';
import { simulateLandscape } from '@lulc/sentinel2-data/node';
import type { Config } from '../config/config.js';
import { loadConfig } from '../config/load.js';
import type { CommandContext } from '../program/io.js';
import { progressLine } from '../program/progress.js';
import { measureSpeed } from '../run/measureSpeed.js';
import { openPart } from '../run/parts.js';
import { runFolder } from '../run/runFolder.js';
import { trainRun } from '../run/trainRun.js';
import { interrupted } from './openRun.js';
import { trainingText } from './train.js';

/** Flags of `lulc quickstart`. */
export interface QuickstartFlags {
  readonly out: string;
  readonly engine: string | undefined;
}

/** How much is done, so that it takes about as long everywhere. */
interface Plan {
  /** Simulated patches. */
  readonly patches: number;
  /** Input of the model in pixels. */
  readonly inputSize: number;
  /** Most epochs; fewer when {@link trainingSeconds} would not be enough. */
  readonly epochs: number;
}

const modest: Plan = { patches: 400, inputSize: 48, epochs: 12 };
const plans: Readonly<Record<EngineName, Plan>> = {
  torch: { patches: 600, inputSize: 60, epochs: 20 },
  tensorflow: { patches: 600, inputSize: 60, epochs: 20 },
  webgpu: modest,
  webgl: modest,
  wasm: modest,
  cpu: { patches: 120, inputSize: 16, epochs: 6 },
};

/** What training may take. */
const trainingSeconds = 90;

/** Fewest epochs, however slow the machine is. */
const leastEpochs = 3;

/** `lulc quickstart`: the whole way from files to a report, on simulated data. */
export async function quickstart(context: CommandContext, flags: QuickstartFlags): Promise<number | undefined> {
  const dataFolder = path.join(flags.out, 'data');
  const settings = (plan: Plan, epochs: number): Promise<Config> =>
    loadConfig({
      base: {
        data: { path: dataFolder, format: 'bigearthnet-v2', scaling: 'compute' },
        model: { family: 'wrn-eca', preset: 'B0', inputSize: plan.inputSize },
        training: {
          epochs,
          batchSize: 16,
          learningRate: 2e-3,
          optimizer: { name: 'adamw', weightDecay: 0.02 },
          schedule: { name: 'cosine', warmup: 1 },
        },
        seed: 1,
        output: flags.out,
      },
      overrides: flags.engine === undefined ? [] : [{ path: 'engine', value: flags.engine }],
    });
  const engine = await useEngine((await settings(modest, 1)).engine);
  for (const line of engineLines(engine)) context.log(line);
  const plan = plans[engine.name];

  context.log('');
  context.log('The quickstart works on SIMULATED data: generated landscapes, no satellite images.');
  const simulating = progressLine(context, 'simulating patches');
  await simulateLandscape({
    out: dataFolder,
    patches: plan.patches,
    seed: 1,
    referenceMaps: false,
    onProgress: simulating.update,
  }).finally(simulating.stop);

  const trial = await settings(plan, 1);
  const part = await openPart(trial.data, trial.data.splits.train);
  const speed = await measureSpeed(trial, part, context.signal);
  const epochs = epochsWithin(plan, part.length, speed);
  if (epochs < plan.epochs) {
    context.log(`${epochs} instead of ${plan.epochs} epochs: this machine trains ${speed.toFixed(1)} images/s`);
  }
  const folder = runFolder(flags.out);
  const outcome = await trainRun({
    config: await settings(plan, epochs),
    folder,
    existing: 'overwrite',
    engine,
    context,
  });
  if (outcome.status === 'interrupted') return interrupted(context, 'train', folder.path, outcome.training.steps);
  context.result({ folder: folder.path, ...outcome.report }, () => trainingText(outcome.report, folder));
  return undefined;
}

/** As many epochs as the time allows, with its validations (about a third of the images without gradients). */
function epochsWithin({ epochs }: Plan, images: number, speed: number): number {
  const possible = Math.floor((trainingSeconds * speed) / images);
  return Number.isNaN(possible) ? epochs : Math.min(epochs, Math.max(leastEpochs, possible));
}

/** Which engine runs, why, and how to get a faster one. */
function engineLines({ name, device, version, why, tried }: Engine): readonly string[] {
  return [
    `engine: ${name} on ${device} (${version}): ${why}`,
    ...tried.map(
      ({ name: other, device: on, reason, command }) =>
        `  faster, but missing: ${other} on ${on}: ${reason}${command === undefined ? '' : `. Add it: ${command}`}`,
    ),
  ];
}
