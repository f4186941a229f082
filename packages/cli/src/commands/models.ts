import { stat } from 'node:fs/promises';
import { loadModel, type ModelCard, readCard, unknownName, useEngine } from '@lulc/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type ModelFamilyName, modelFamilies, modelFamilyNames } from '../models/families.js';
import { countParameters } from '../models/parameters.js';
import type { CommandContext } from '../program/io.js';
import { textTable } from '../tables/textTable.js';

/** Bands and classes with which a named model is shown: the benchmark's ten bands and 19 classes. */
async function benchmarkFacts() {
  const { bandOrders, bigEarthNet19 } = await import('@lulc/sentinel2-data');
  return {
    bands: bandOrders['bigearthnet-s2'],
    classes: bigEarthNet19.classes,
    task: 'multi-label',
    seed: 0,
  } as const;
}

/** One row of `lulc models list`. */
interface ListedModel {
  readonly name: string;
  readonly family: ModelFamilyName;
  readonly options: Readonly<Record<string, unknown>>;
  readonly summary: string;
}

const listed: readonly ListedModel[] = modelFamilyNames.flatMap((family) =>
  modelFamilies[family].presets.map(({ name, options }) => ({
    name,
    family,
    options,
    summary: modelFamilies[family].summary,
  })),
);

/** `lulc models list`. */
export async function modelsList(context: CommandContext): Promise<undefined> {
  context.result(listed, () =>
    textTable(
      ['model', 'model.family', 'model options'],
      listed.map(({ name, family, options }) => [
        name,
        family,
        Object.entries(options)
          .map(([key, value]) => `${key}: ${value}`)
          .join(', '),
      ]),
    ),
  );
  return undefined;
}

/** `lulc models show <name or place>`. */
export async function modelsShow(context: CommandContext, name: string): Promise<undefined> {
  const known = listed.find((model) => model.name === name);
  await useEngine('auto');
  const model =
    known === undefined
      ? await loadModel(await savedModel(name))
      : await modelFamilies[known.family].build(known.options, await benchmarkFacts());
  try {
    const description = describeModel(model, known === undefined);
    context.result(description, () => modelText(description));
  } finally {
    model.dispose();
  }
  return undefined;
}

interface ModelDescription {
  readonly name: string;
  readonly trained: boolean;
  readonly parameters: { readonly trainable: number; readonly total: number };
  readonly input: readonly (number | null)[];
  readonly output: readonly (number | null)[];
  readonly layers: readonly {
    readonly path: string;
    readonly kind: string;
    readonly output: readonly (number | null)[];
    readonly parameters: number;
  }[];
  readonly card: ModelCard | undefined;
}

function describeModel(model: LayersModel, trained: boolean): ModelDescription {
  return {
    name: model.name,
    trained,
    parameters: countParameters(model),
    input: model.inputs[0].shape.slice(1),
    output: model.outputs[0].shape.slice(1),
    layers: model.layers.map((layer) => ({
      path: layer.name,
      kind: layer.getClassName(),
      output: (layer.outputShape as (number | null)[]).slice(1),
      parameters: layer.countParams(),
    })),
    card: readCard(model),
  };
}

function modelText({ name, parameters, input, output, layers, card }: ModelDescription): string {
  const facts: [string, string][] = [
    ['input', input.join(' × ')],
    ['output', output.join(' × ')],
    [
      'parameters',
      `${parameters.trainable.toLocaleString('en')} trainable, ${parameters.total.toLocaleString('en')} in all`,
    ],
    ...cardFacts(card),
  ];
  const width = Math.max(...facts.map(([key]) => key.length));
  return [
    name,
    ...facts.map(([key, value]) => `  ${key.padEnd(width)}  ${value}`),
    '',
    textTable(
      ['layer', 'output', 'parameters'],
      layers.map((layer) => [layer.path, layer.output.join(' × '), layer.parameters.toLocaleString('en')]),
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

/** A place that may hold a model; a plain word that is neither a place nor a known name gets a hint. */
async function savedModel(place: string): Promise<string> {
  if (/^[a-z]+:\/\//i.test(place)) return place;
  const exists = await stat(place).then(
    () => true,
    () => false,
  );
  if (exists) return place;
  const names = listed.map((model) => model.name);
  throw unknownName('model, file or folder', place, names);
}
