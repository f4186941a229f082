import { families, familyNames, listModels, type ModelInfo, recipes } from '@lulc/model-zoo';
import type { SpeedReport } from '../commands/modelsBench.js';

const introduction = `Every model of the zoo, by the name that the BigEarthNet benchmark published it under (Papoutsis et al. 2023) or, further
down, by one of ours. \`createModel('WideResNet-ECA-B4', { bands, classes })\` of [@lulc/model-zoo](../packages/model-zoo/README.md)
builds one, \`model: { family: zoo, name: WideResNet-ECA-B4 }\` in a [configuration](configuration.md) trains one,
\`lulc models list\`, \`show\`, \`create\` and \`bench\` look at them. Names are found in any case, with or without \`-\`, \`/\` and \`_\`.
Weights do not come with the names: they are random until trained, or read from published files with \`importWeights\`.

*Parameters* are trainable weights for 10 bands and 19 classes; where the published code has quirks, of the corrected variant,
which is the default, and in brackets of the reference variant, which published checkpoints fit
([decision](decisions/0001-variants.md)). *GFLOPs* are 10⁹ operations of one prediction at the model's own input size: two for each
multiply-add of convolutions, dense layers and attention.`;

const absent = `Not offered, though the benchmark's code names them: \`Lambda\`, which cannot run, and the \`dense\` network that unknown names
silently fall back to.`;

/**
 * `docs/models.md`: the zoo with sizes and, once measured, speeds.
 *
 * @param speeds what `lulc models bench --all --out` wrote; without it the columns of speed are left out
 */
export function modelsReference(speeds: SpeedReport | undefined): string {
  return `${[
    '# Models',
    '<!-- Written from the sources by `npm run docs:reference` in packages/cli; do not edit. -->',
    introduction,
    ...(speeds === undefined ? [] : [speedNote(speeds)]),
    '## The published zoo',
    modelTable(listModels({ published: true }), speeds),
    '## Further models',
    modelTable(listModels({ published: false }), speeds),
    absent,
    '## Families',
    familyTable(),
    '## Recipes',
    'How the benchmark trained all of them, at two states of its code (`recipes` and `recipeOptions` of @lulc/model-zoo): Adam, binary cross-entropy, no weight decay, no clipping; the learning rate is per worker.',
    recipeTable(),
  ].join('\n\n')}\n`;
}

function speedNote({ machine, engine, batch, reference }: SpeedReport): string {
  return `*Images per second* in batches of ${batch}, and how many times those of ${reference}: engine ${engine}, ${machine.cores} cores, ${machine.cpu}, Node ${machine.node} (\`lulc models bench --all --batch ${batch} --out benchmarks/zoo-speed.json\`).`;
}

function modelTable(models: readonly ModelInfo[], speeds: SpeedReport | undefined): string {
  const speedOf = speedColumns(speeds);
  const head = [
    'name',
    'family',
    'input',
    'parameters',
    'GFLOPs',
    ...(speeds === undefined ? [] : ['predicted images/s', 'trained images/s']),
    'notes',
  ];
  return table(
    head,
    models.map((model) => [
      model.name,
      `\`${model.family}\``,
      `${model.inputSize} × ${model.inputSize}`,
      parameters(model),
      model.gflops.toFixed(2),
      ...speedOf(model.name),
      [
        model.notes,
        ...(model.archiveOf === undefined ? [] : [`Its published link leads to the archive of ${model.archiveOf}.`]),
        ...(model.aliases.length === 0 ? [] : [`Also \`${model.aliases.join('`, `')}\`.`]),
      ]
        .filter((note) => note !== '')
        .join(' '),
    ]),
  );
}

function parameters({ sizes: { corrected, reference } }: ModelInfo): string {
  const [ours, published] = [corrected, reference].map(({ trainable }) => trainable.toLocaleString('en'));
  return ours === published ? ours : `${ours} (${published})`;
}

/** Cells of the measured columns, none without measurements. */
function speedColumns(speeds: SpeedReport | undefined): (name: string) => readonly string[] {
  if (speeds === undefined) return () => [];
  const byName = new Map(speeds.models.map((speed) => [speed.name, speed]));
  const reference = byName.get(speeds.reference);
  return (name) =>
    (['inference', 'training'] as const).map((kind) => {
      const value = byName.get(name)?.[kind];
      if (value === undefined) return '';
      const times = reference === undefined ? '' : ` (${(value / reference[kind]).toFixed(2)} ×)`;
      return `${value < 10 ? value.toFixed(1) : Math.round(value)}${times}`;
    });
}

function familyTable(): string {
  return table(
    ['family', 'what', 'papers', 'variants'],
    familyNames.map((name) => {
      const { summary, papers, hasVariants } = families[name];
      return [`\`${name}\``, summary, papers.join('; '), hasVariants ? 'corrected, reference' : 'one'];
    }),
  );
}

function recipeTable(): string {
  return table(
    ['recipe', 'source', 'batch', 'epochs', 'learning rate', 'decay', 'augmentation'],
    Object.entries(recipes).map(([name, recipe]) => [
      `\`${name}\``,
      recipe.source,
      String(recipe.batchSize),
      String(recipe.epochs),
      String(recipe.learningRate),
      `× ${recipe.decayFactor} every ${recipe.decayEpochs} epochs`,
      recipe.augmentation,
    ]),
  );
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n');

const cell = (text: string): string => text.replaceAll('|', '\\|');
