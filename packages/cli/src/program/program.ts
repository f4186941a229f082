import { Command, Option } from 'commander';
import type { ModelsExportFlags } from '../commands/modelsExport.js';
import type { RunFlags } from '../commands/openRun.js';
import { finetuneLayout } from '../config/finetune.js';
import { infoLayout } from '../config/info.js';
import type { ConfigLayout } from '../config/layout.js';
import { pretrainLayout } from '../config/pretrain.js';
import { trainLayout } from '../config/train.js';
import type { Action, Flags } from './action.js';
import { addCloudCommands } from './clouds.js';
import { exitCodes } from './exitCodes.js';
import { addConfigFlags, overridesOf } from './flags.js';
import { type InstallableEngine, installableEngines } from './installableEngines.js';
import { type CliIo, commandContext } from './io.js';
import { classNames, names, namesOrNumber, positiveNumber, wholeNumber } from './values.js';
import { version } from './version.js';

/**
 * All commands with their flags. Actions load what they need when they run.
 *
 * @param argv what was typed, for records
 * @param io surroundings
 * @param finish told the exit status of the command that ran
 */
export function buildProgram(argv: readonly string[], io: CliIo, finish: (status: number) => void): Command {
  const program = new Command('lulc')
    .description('Train and use land-cover models on Sentinel-2 images.')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
    })
    .showHelpAfterError('(add --help for what there is)')
    .addHelpText(
      'after',
      `\nExit status: ${Object.entries(exitCodes)
        .map(([name, code]) => `${code} ${name}`)
        .join(', ')}.`,
    );
  withCommonFlags(program);

  const define = (command: Command, action: Action): Command =>
    withCommonFlags(command).action(async (...parsed: unknown[]) => {
      const called = parsed[parsed.length - 1] as Command;
      const flags = called.optsWithGlobals<Flags>();
      finish((await action(commandContext(io, flags, argv), flags, called.args)) ?? exitCodes.ok);
    });

  const data = program.command('data').description('make and look at datasets');
  define(
    data
      .command('simulate')
      .description('write a simulated dataset of Sentinel-2-like patches in the layout of BigEarthNet v2')
      .requiredOption('--out <folder>', 'folder to write; must be empty or hold an earlier simulation')
      .option('--patches <number>', 'number of patches', wholeNumber, 300)
      .option('--seed <number>', 'same seed, same files', wholeNumber, 0)
      .option('--bands <names>', 'bands to write, separated by commas; default: all twelve', names)
      .option(
        '--classes <names>',
        "classes that may occur, separated by ';'; default: all that can be simulated",
        classNames,
      ),
    async (context, flags) => (await import('../commands/dataSimulate.js')).dataSimulate(context, flags as never),
  );
  define(
    addConfigFlags(
      data
        .command('info')
        .description(
          'say what a dataset holds: parts, classes, bands, sizes; of images with masks also scenes, and shares of classes and of pixels without data',
        )
        .argument('[folder]', 'the dataset; the same as --data')
        .option(
          '--check',
          'read every sample and list those that cannot be read; without it, shares are of a hundred masks',
        ),
      infoLayout,
      ({ path }) => !notOfInfo.some((setting) => path.startsWith(setting)),
    ),
    async (context, flags, [folder]) =>
      (await import('../commands/dataInfo.js')).dataInfo(context, {
        overrides: overridesOf(infoLayout, folder === undefined ? flags : { 'data.path': folder, ...flags }),
        check: flags.check === true,
      }),
  );

  define(
    addConfigFlags(
      withRunFlags(
        program
          .command('train')
          .description('train a model as a configuration file says; every setting is also a flag'),
      ),
      trainLayout,
    ),
    async (context, flags) => (await import('../commands/train.js')).train(context, runFlags(trainLayout, flags)),
  );
  define(
    addConfigFlags(
      program
        .command('evaluate')
        .description('score a saved model on a part of a dataset; data that contradict its card are refused')
        .requiredOption('-m, --model <path>', 'folder with model.json, a .safetensors file, or an address')
        .option('-c, --config <file>', 'configuration whose data, threshold and engine are used')
        .option('--split <name>', "the part; default: the configuration's test part")
        .option('--batch-size <number>', 'images per batch', wholeNumber, 64),
      trainLayout,
      ({ path }) =>
        (isOf(path, 'data') && !path.startsWith('data.splits')) ||
        ['training.threshold', 'training.zeroSupport', 'engine'].includes(path),
    ),
    async (context, flags) =>
      (await import('../commands/evaluate.js')).evaluate(context, {
        model: flags.model as string,
        config: flags.config as string | undefined,
        split: flags.split as string | undefined,
        batchSize: flags.batchSize as number,
        overrides: overridesOf(trainLayout, flags),
      }),
  );

  const runs = [
    {
      layout: pretrainLayout,
      description: 'pre-train a network on images without labels, as a configuration file says',
      load: async () => (await import('../commands/pretrain.js')).pretrain,
    },
    {
      layout: finetuneLayout,
      description: 'train a segmentation network, from a pre-trained one or anew, as a configuration file says',
      load: async () => (await import('../commands/finetune.js')).finetune,
    },
  ];
  for (const { layout, description, load } of runs) {
    define(
      addConfigFlags(withRunFlags(program.command(layout.name).description(description)), layout),
      async (context, flags) => (await load())(context, runFlags(layout, flags)),
    );
  }

  define(
    program
      .command('bench')
      .description('measure training, inference and loading, side by side with PyTorch where there is one')
      .option(
        '--models <names>',
        'networks: wrn-b0-eca … b7, resnet18, 50, 101, 152, densenet121, 169, 201, vgg16, 19, efficientnet-b0 … b7, ' +
          'scaled-efficientnet-b0-eca … b7, vit-6, 12, 20, 30, 40, mlp-mixer-base, -tiny, unet; default: one of each family',
        names,
      )
      .option('--batch <numbers>', 'images per step', names, ['1', '16', '64'])
      .option('--size <pixels>', "height and width of the images; default: each network's own", wholeNumber)
      .option('--engine <names>', 'engines; default: the best there is', names)
      .option('--modes <names>', 'train, captured, predict, compiled, loader', names, [
        'train',
        'captured',
        'predict',
        'compiled',
      ])
      .option('--rounds <number>', 'turns of each contestant', wholeNumber, 5)
      .option('--threads <number>', 'threads of every contestant; default: all', wholeNumber)
      .option('--python <command>', 'Python with torch; none: without; default: python3 if it has torch')
      .option('--compile-seconds <number>', 'what each way of compiling PyTorch may take', wholeNumber, 120)
      .option('--data <folder>', 'dataset for the loader; default: simulated patches')
      .option('--out <file>', 'write the results there as JSON, too'),
    async (context, flags) => (await import('../commands/bench.js')).bench(context, flags as never),
  );

  addCloudCommands(program, define);

  const models = program.command('models').description('the models of the zoo, and saved ones');
  const variant = new Option('--variant <name>', 'as intended, or as published with its quirks').choices([
    'corrected',
    'reference',
  ]);
  define(
    models
      .command('list')
      .description('the models that can be named, with their sizes')
      .option('--family <names>', 'only of these families, separated by commas', names)
      .addOption(
        new Option('--attention <name>', 'only with this attention').choices(['none', 'eca', 'se', 'cbam', 'coord']),
      )
      .option('--search <text>', 'only those that have it in a name')
      .option('--published', 'only those of the published zoo')
      .option('--no-published', 'only those that are not in the published zoo')
      .option('--max-parameters <number>', 'at most so many trainable parameters', positiveNumber)
      .option('--max-gflops <number>', 'at most so many 10⁹ operations in a prediction', positiveNumber),
    async (context, flags) => (await import('../commands/models.js')).modelsList(context, flags as never),
  );
  define(
    models
      .command('show')
      .description('card, size, recipe and layers of a model')
      .argument('<model>', 'a name of `lulc models list`, or where a saved model is')
      .addOption(variant),
    async (context, flags, [model]) =>
      (await import('../commands/models.js')).modelsShow(context, model, flags as never),
  );
  define(
    models
      .command('create')
      .description('write a model with random weights')
      .argument('<model>', 'a name of `lulc models list`')
      .requiredOption('--to <place>', 'folder, or .safetensors file, to write')
      .addOption(new Option('--format <name>', 'default: what the place says').choices(['tfjs', 'safetensors']))
      .option(
        '--bands <names>',
        'bands in channel order, separated by commas, or their number; default: 10',
        namesOrNumber(','),
      )
      .option('--classes <names>', "classes, separated by ';', or their number; default: 19", namesOrNumber(';'))
      .addOption(
        new Option('--task <name>', 'one class per image, or several; default: multi-label').choices([
          'multi-label',
          'single-label',
        ]),
      )
      .option('--input-size <pixels>', "height and width of the input; default: the model's own", wholeNumber)
      .addOption(variant)
      .option('--seed <number>', 'same seed, same weights', wholeNumber, 0),
    async (context, flags, [model]) =>
      (await import('../commands/modelsCreate.js')).modelsCreate(context, model, flags as never),
  );
  define(
    models
      .command('bench')
      .description('measure how many images per second models predict and train')
      .argument('[models...]', 'names of `lulc models list`')
      .option('--all', 'all models of the zoo')
      .option('--batch <number>', 'images per step', wholeNumber, 8)
      .option('--reference <name>', 'what the others are compared with', 'ResNet50')
      .option('--engine <name>', 'default: the best there is')
      .option('--out <file>', 'write the results there as JSON, too'),
    async (context, flags, models) =>
      (await import('../commands/modelsBench.js')).modelsBench(context, models, flags as never),
  );
  define(
    addConfigFlags(
      models
        .command('export')
        .description('write a model for other programs, and say what that costs in accuracy')
        .argument('<model>', 'a name of `lulc models list`, or where a saved model is')
        .requiredOption('--to <place>', 'file or folder to write')
        .addOption(
          new Option('--format <name>', 'default: what the name of the file says').choices([
            'onnx',
            'graph',
            'tfjs',
            'safetensors',
          ]),
        )
        .addOption(new Option('--quantize <type>', 'store kernels in fewer bits').choices(['float16', 'int8']))
        .addOption(
          new Option('--layout <order>', "ONNX: order of an image's axes; default: nhwc").choices(['nhwc', 'nchw']),
        )
        .option('-c, --config <file>', 'configuration whose data the written model is compared on')
        .option('--split <name>', "the part; default: the configuration's test part")
        .option('--batch-size <number>', 'images per batch', wholeNumber, 64),
      trainLayout,
      ({ path }) =>
        (isOf(path, 'data') && !path.startsWith('data.splits')) ||
        ['training.threshold', 'training.zeroSupport'].includes(path),
    ),
    async (context, flags, [model]) =>
      (await import('../commands/modelsExport.js')).modelsExport(context, model, {
        ...(flags as unknown as Pick<ModelsExportFlags, 'to' | 'format' | 'quantize' | 'layout'>),
        config: flags.config as string | undefined,
        split: flags.split as string | undefined,
        batchSize: flags.batchSize as number,
        overrides: overridesOf(trainLayout, flags),
      }),
  );

  define(
    program.command('doctor').description('say which engines there are, what is missing and how to add it'),
    async (context) => (await import('../commands/doctor.js')).doctor(context),
  );
  const engine = program.command('engine').description('add engines');
  define(
    engine
      .command('install')
      .description('make an engine work on this machine')
      .addArgument(program.createArgument('<name>', 'which engine').choices(installableEngines))
      .addOption(
        new Option('--build <kind>', 'library to fetch when none is found').choices(['cpu', 'cuda']).default('cpu'),
      )
      .option('--python <command>', 'Python whose package (torch, tensorflow) is used, or whose pip fetches one')
      .option('--force', 'build again even when it works')
      .option('--sanitize', 'torch: a variant with AddressSanitizer, for finding memory errors'),
    async (context, flags, [name]) =>
      (await import('../commands/engineInstall.js')).engineInstall(context, name as InstallableEngine, {
        build: flags.build as 'cpu' | 'cuda',
        python: flags.python as string | undefined,
        force: flags.force === true,
        sanitize: flags.sanitize === true,
      }),
  );

  define(
    program
      .command('quickstart')
      .description('simulate a small dataset, train a small model on it, evaluate it and write a report')
      .option('--out <folder>', 'where everything goes', 'quickstart-output')
      .option('--engine <name>', 'engine to use; default: the best there is'),
    async (context, flags) =>
      (await import('../commands/quickstart.js')).quickstart(context, {
        out: flags.out as string,
        engine: flags.engine as string | undefined,
      }),
  );
  return program;
}

function withCommonFlags(command: Command): Command {
  return command
    .option('--json', 'one JSON document on stdout; logs stay on stderr')
    .option('--quiet', 'no logs, no progress')
    .option('--verbose', 'stack traces of errors');
}

/** Settings of training that say nothing of what a dataset holds. */
const notOfInfo = [
  'data.limit',
  'data.scaling',
  'data.fraction',
  'data.workers',
  'data.cacheBytes',
  'data.minLabelled',
];

function isOf(path: string, group: string): boolean {
  return path.startsWith(`${group}.`);
}

/** What commands that fill a run folder are told beside their settings. */
function withRunFlags(command: Command): Command {
  return command
    .option('-c, --config <file>', 'YAML or JSON file; see docs/configuration.md')
    .addOption(new Option('--resume', 'go on from the newest checkpoint of the run folder').conflicts('overwrite'))
    .option('--overwrite', 'start anew in a folder that holds a run');
}

function runFlags(layout: ConfigLayout, flags: Flags): RunFlags {
  return {
    config: flags.config as string | undefined,
    overrides: overridesOf(layout, flags),
    resume: flags.resume === true,
    overwrite: flags.overwrite === true,
  };
}
