import { countOperations, type ModelCard, readCard } from '@lulc/core';
import {
  type FamilyName,
  listModels,
  type ModelFilter,
  type ModelInfo,
  modelInfo,
  type Variant,
} from '@lulc/model-zoo';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { openModel } from '../models/openModel.js';
import { countParameters } from '../models/parameters.js';
import type { CommandContext } from '../program/io.js';
import { textTable } from '../tables/textTable.js';

/** Flags of `lulc models list`. */
export interface ModelsListFlags {
  readonly family?: readonly string[];
  readonly attention?: ModelFilter['attention'];
  readonly search?: string;
  readonly published?: boolean;
  readonly maxParameters?: number;
  readonly maxGflops?: number;
}

/** `lulc models list`. */
export async function modelsList(context: CommandContext, flags: ModelsListFlags): Promise<undefined> {
  const models = listModels({
    family: flags.family as readonly FamilyName[] | undefined,
    attention: flags.attention,
    search: flags.search,
    published: flags.published,
    parameters: { max: flags.maxParameters },
    gflops: { max: flags.maxGflops },
  });
  context.result(models, () =>
    [
      textTable(
        ['model', 'family', 'input', 'parameters', 'GFLOPs', 'published'],
        models.map(({ name, family, inputSize, parameters, gflops, published }) => [
          name,
          family,
          `${inputSize} × ${inputSize}`,
          parameters.toLocaleString('en'),
          gflops.toFixed(2),
          published ? 'yes' : 'no',
        ]),
      ),
      'Trainable parameters and 10⁹ operations of one prediction, for 10 bands and 19 classes.',
    ].join('\n'),
  );
  return undefined;
}

/** `lulc models show <name or place>`. */
export async function modelsShow(
  context: CommandContext,
  name: string,
  flags: { readonly variant?: Variant },
): Promise<undefined> {
  const { bigEarthNet19 } = await import('@lulc/sentinel2-data');
  const { model, saved } = await openModel(name, (warning) => context.log(`warning: ${warning.message}`), {
    classes: bigEarthNet19.classes,
    variant: flags.variant,
  });
  try {
    const description = describeModel(model, saved ? undefined : modelInfo(name));
    context.result(description, () => modelText(description));
  } finally {
    model.dispose();
  }
  return undefined;
}

type Shape = readonly (number | null)[];

interface ModelDescription {
  readonly name: string;
  readonly trained: boolean;
  readonly parameters: { readonly trainable: number; readonly total: number };
  /** 10⁹ operations of one prediction; `null` when the model takes images of any size. */
  readonly gflops: number | null;
  readonly input: Shape;
  readonly output: Shape;
  readonly layers: readonly {
    readonly path: string;
    readonly kind: string;
    readonly output: Shape;
    readonly parameters: number;
    readonly multiplyAdds: number;
  }[];
  readonly card: ModelCard | undefined;
  /** What the zoo knows of it. */
  readonly zoo: ModelInfo | undefined;
}

function describeModel(model: LayersModel, zoo: ModelInfo | undefined): ModelDescription {
  const isOpen = model.inputs.some(({ shape }) => shape.slice(1).includes(null));
  const operations = isOpen ? undefined : countOperations(model);
  const multiplyAdds = new Map(operations?.layers.map((layer) => [layer.path, layer.multiplyAdds]));
  return {
    name: zoo?.name ?? model.name,
    trained: zoo === undefined,
    parameters: countParameters(model),
    gflops: operations === undefined ? null : (2 * operations.multiplyAdds) / 1e9,
    input: model.inputs[0].shape.slice(1),
    output: model.outputs[0].shape.slice(1),
    layers: model.layers.map((layer) => ({
      path: layer.name,
      kind: layer.getClassName(),
      output: (layer.outputShape as (number | null)[]).slice(1),
      parameters: layer.countParams(),
      multiplyAdds: multiplyAdds.get(layer.name) ?? 0,
    })),
    card: readCard(model),
    zoo,
  };
}

function modelText({ name, parameters, gflops, input, output, layers, card, zoo }: ModelDescription): string {
  const facts: [string, string][] = [
    ['input', input.join(' × ')],
    ['output', output.join(' × ')],
    [
      'parameters',
      `${parameters.trainable.toLocaleString('en')} trainable, ${parameters.total.toLocaleString('en')} in all`,
    ],
    ['GFLOPs', gflops === null ? 'depend on the size of the image' : gflops.toFixed(3)],
    ...cardFacts(card),
    ...(zoo === undefined ? [] : zooFacts(zoo)),
  ];
  const width = Math.max(...facts.map(([key]) => key.length));
  return [
    name,
    ...facts.map(([key, value]) => `  ${key.padEnd(width)}  ${value}`),
    '',
    textTable(
      ['layer', 'output', 'parameters', 'multiply-adds'],
      layers.map((layer) => [
        layer.path,
        layer.output.join(' × '),
        layer.parameters.toLocaleString('en'),
        layer.multiplyAdds.toLocaleString('en'),
      ]),
    ),
  ].join('\n');
}

function cardFacts(card: ModelCard | undefined): [string, string][] {
  if (card === undefined) return [['card', 'none']];
  const { training, scaling, metrics } = card;
  return [
    ['task', card.task],
    ['bands', card.bands.join(', ')],
    ['classes', card.classes.join('; ')],
    ['configuration', JSON.stringify(card.configuration)],
    ...(scaling === undefined ? [] : [['scaling', scaling.name] as [string, string]]),
    ...(training === undefined
      ? []
      : [
          [
            'trained on',
            `${training.dataset}${training.simulated ? ' (SIMULATED)' : ''}, ${training.epochs} epochs, ${training.engine}, ${training.date}`,
          ] as [string, string],
        ]),
    ...Object.entries(metrics).map(([metric, value]): [string, string] => [metric, value.toFixed(4)]),
  ];
}

function zooFacts({ aliases, published, notes, recipes, citations, licence }: ModelInfo): [string, string][] {
  return [
    ['weights', 'random: the zoo names networks, published weights are read with importWeights'],
    ['published', published ? 'yes' : 'no'],
    ...(aliases.length === 0 ? [] : [['also called', aliases.join(', ')] as [string, string]]),
    ...(notes === '' ? [] : [['notes', notes] as [string, string]]),
    ...Object.values(recipes).map((recipe): [string, string] => [
      'recipe',
      `${recipe.source}: Adam ${recipe.learningRate}, ${recipe.epochs} epochs of batches of ${recipe.batchSize}, × ${recipe.decayFactor} every ${recipe.decayEpochs} epochs`,
    ]),
    ...citations.map((citation): [string, string] => ['cite', citation]),
    ['licence', licence],
  ];
}
