import { type Command, Option } from 'commander';
import { engineChoices } from '../config/basics.js';
import { cloudsLayout } from '../config/clouds.js';
import type { Action, Flags } from './action.js';
import { addConfigFlags, overridesOf } from './flags.js';
import { names, positiveNumber, share, wholeNumber } from './values.js';

/** Settings that only planning, training or distilling reads. */
const ofTraining = ['plan', 'folds', 'student', 'distillation', 'checkpoints'];

/**
 * Adds `lulc clouds …`.
 *
 * @param program the whole command
 * @param define gives a command its common flags and what it does
 */
export function addCloudCommands(program: Command, define: (command: Command, action: Action) => Command): void {
  const clouds = program
    .command('clouds')
    .description('cloud masks: plan and train a teacher as nnU-Net does, distil it, and map scenes');
  const configured = (command: Command, settings: (path: string) => boolean = () => true) =>
    addConfigFlags(
      command.option('-c, --config <file>', 'YAML or JSON file; default: what the --out folder keeps'),
      cloudsLayout,
      ({ path }) => settings(path),
    );
  const resumable = (command: Command) =>
    command
      .addOption(new Option('--resume', 'keep what is finished, and go on with what is not').conflicts('overwrite'))
      .option('--overwrite', 'start anew in a folder that holds what is to be made');
  const settingsOf = (flags: Flags) => ({
    config: flags.config as string | undefined,
    overrides: overridesOf(cloudsLayout, flags),
  });
  const runSettingsOf = (flags: Flags) => ({
    ...settingsOf(flags),
    resume: flags.resume === true,
    overwrite: flags.overwrite === true,
  });

  define(
    configured(
      clouds
        .command('plan')
        .description(
          'look at every labelled image and decide how a teacher is trained; writes dataset_fingerprint.json, plans.json and splits_final.json',
        )
        .option('--overwrite', 'plan anew in a folder that holds a plan'),
    ),
    async (context, flags) =>
      (await import('../commands/clouds/plan.js')).cloudsPlan(context, {
        ...settingsOf(flags),
        overwrite: flags.overwrite === true,
      }),
  );
  define(
    configured(
      resumable(
        clouds
          .command('train')
          .description('train the folds of a teacher; plans first where there is no plan')
          .option(
            '--fold <names>',
            'folds by number, beyond those that there are a random 80:20 as in nnU-Net; or all: one network on all images; default: every fold',
            names,
          ),
      ),
    ),
    async (context, flags) =>
      (await import('../commands/clouds/train.js')).cloudsTrain(context, {
        ...runSettingsOf(flags),
        fold: flags.fold as readonly string[] | undefined,
      }),
  );
  define(
    configured(
      resumable(
        clouds
          .command('distill')
          .description('train a student with the teacher, and the same one without, and compare the three'),
      ),
    ),
    async (context, flags) =>
      (await import('../commands/clouds/distill.js')).cloudsDistill(context, runSettingsOf(flags)),
  );
  define(
    clouds
      .command('predict')
      .description('write cloud masks of scenes of any size as GeoTIFFs: 0 clear, 1 cloud, 255 no data')
      .argument(
        '<scenes...>',
        'Sentinel-2 products (SAFE folders), GeoTIFFs, JPEG 2000, or folders with one file per band',
      )
      .requiredOption(
        '-m, --model <place>',
        'saved model, several with commas between them, or a folder of lulc clouds train',
      )
      .requiredOption('--to <folder>', 'where masks go')
      .option('--probability', 'write probabilities, too: ten-thousandths, 65535 no data')
      .option('--quicklook', 'write a small picture of scene and mask, too')
      .option('--skip-existing', 'leave scenes out whose mask is there')
      .option('--stored-bands <names>', 'names of the channels as stored, separated by commas', names)
      .option('--nodata <value>', 'value without data in files that do not say, or none; default: 0')
      .addOption(
        new Option(
          '--radiometric-offset <what>',
          'what becomes of the offset that Sentinel-2 products state for values',
        )
          .choices(['apply', 'keep'])
          .default('apply'),
      )
      .option('--threshold <share>', 'probability from which a pixel is cloud', share, 0.5)
      .option('--minimum-area <pixels>', 'clouds of fewer pixels become clear', wholeNumber, 1)
      .option('--overlap <share>', 'share of a window that its neighbour covers', share, 0.5)
      .option('--mirror', 'average over mirrored windows: four passes')
      .option('--batch-size <number>', 'windows per step', wholeNumber, 4)
      .addOption(new Option('--engine <name>', 'what computes').choices(engineChoices).default('auto')),
    async (context, flags, scenes) =>
      (await import('../commands/clouds/predict.js')).cloudsPredict(context, scenes, flags as never),
  );
  const onData = (path: string) => !ofTraining.includes(path.split('.')[0]);
  define(
    configured(
      clouds
        .command('evaluate')
        .description('score models, and thresholds of brightness, on a part of a dataset')
        .option('-m, --model <places...>', 'each as lulc clouds predict takes it; default: what the --out folder holds')
        .option('--split <name>', "the part; default: the configuration's test part")
        .option('--baselines', 'thresholds of brightness, too; those that are fitted see the training parts')
        .option('--reflectance-scale <number>', 'reflectance per stored unit, for thresholds', positiveNumber, 1e-4)
        .option('--ring <pixels>', 'also score without so many pixels on each side of true borders', wholeNumber, 0),
      onData,
    ),
    async (context, flags) =>
      (await import('../commands/clouds/evaluate.js')).cloudsEvaluate(context, {
        ...settingsOf(flags),
        model: flags.model as readonly string[] | undefined,
        split: flags.split as string | undefined,
        baselines: flags.baselines === true,
        ring: flags.ring as number,
        reflectanceScale: flags.reflectanceScale as number,
      }),
  );
  define(
    configured(
      clouds
        .command('export')
        .description('write a student as ONNX, in float or in 8-bit integers, and say what that costs')
        .requiredOption('-m, --model <place>', 'saved model, or a folder of lulc clouds distill, whose student it is')
        .requiredOption('--to <file>', 'ONNX file to write')
        .option('--int8', 'compute in 8-bit integers; ranges are those of training images')
        .option('--dynamic-size', 'a file for images of any size that the strides divide')
        .option('--calibration <images>', 'training images that ranges are taken from', wholeNumber, 32)
        .option(
          '--least-channels <number>',
          'with --int8: convolutions of fewer channels get as many, of zeros, for the sake of fast kernels; 1: none do; default: what exportQuantizedOnnx takes',
          wholeNumber,
        )
        .option('--split <name>', "part that both are compared on; default: the configuration's test part"),
      onData,
    ),
    async (context, flags) =>
      (await import('../commands/clouds/export.js')).cloudsExport(context, {
        ...settingsOf(flags),
        model: flags.model as string,
        to: flags.to as string,
        int8: flags.int8 === true,
        dynamicSize: flags.dynamicSize === true,
        calibration: flags.calibration as number,
        leastChannels: flags.leastChannels as number | undefined,
        split: flags.split as string | undefined,
      }),
  );
}
