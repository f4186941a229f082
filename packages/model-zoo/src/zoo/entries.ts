import type { FamilyName, FamilyOptions } from './families.js';

/** A named model: which network a name stands for. */
export interface ZooEntry {
  /** Name as published, or in the same manner. */
  readonly name: string;
  /** Other names that mean it, beside other spellings (see `findName`). */
  readonly aliases?: readonly string[];
  /** Family of its builder. */
  readonly family: FamilyName;
  /** Options of its builder; the rest has the builder's defaults. */
  readonly options: Readonly<Record<string, unknown>>;
  /** False for models that the published zoo does not list. */
  readonly published?: false;
  /** The model to whose archive the published link of this one leads. */
  readonly archiveOf?: string;
  /** What must be known beside. */
  readonly notes?: string;
}

/** A row of the table: an entry whose options fit its family. */
type Row = {
  [Name in FamilyName]: Omit<ZooEntry, 'family' | 'options'> & {
    readonly family: Name;
    readonly options: FamilyOptions[Name];
  };
}[FamilyName];

const baseJson = 'The coefficients of the published base.json.';
const presumed = 'Published by name only: the coefficients are those of EfficientNet, as for B4 (spec 1.4).';
const orientation =
  'Published by name only: which factor of EfficientNet scales the depth and which the width is not known; here as in EfficientNet (orientation).';
const ours = 'Not in the published zoo.';

/** The named models (spec 1.7), in the order of the published list; last those of ours. */
export const zooEntries = [
  { name: 'DenseNet121', family: 'densenet', options: { depth: 121 } },
  {
    name: 'DenseNet169',
    aliases: ['DenseNet161'],
    family: 'densenet',
    options: { depth: 169 },
    notes: 'At the last commit, the registry key DenseNet161 builds it.',
  },
  { name: 'DenseNet201', family: 'densenet', options: { depth: 201 } },
  { name: 'ResNet50', family: 'resnet', options: { depth: 50 } },
  { name: 'ResNet101', family: 'resnet', options: { depth: 101 } },
  { name: 'ResNet152', family: 'resnet', options: { depth: 152 } },
  { name: 'VGG16', family: 'vgg', options: { depth: 16 } },
  { name: 'VGG19', family: 'vgg', options: { depth: 19 } },
  {
    name: 'ViT/6',
    aliases: ['ViT'],
    family: 'vit',
    options: { size: 'ViT/6' },
    notes: 'The last commit has patches of 6 pixels, and the registry key ViT.',
  },
  { name: 'ViT/12', family: 'vit', options: { size: 'ViT/12' } },
  { name: 'ViT/20', family: 'vit', options: { size: 'ViT/20' } },
  { name: 'ViT/30', family: 'vit', options: { size: 'ViT/30' } },
  { name: 'ViT/40', family: 'vit', options: { size: 'ViT/40' } },
  {
    name: 'ViTM/20',
    family: 'vit',
    options: { size: 'ViTM/20' },
    notes:
      'Published by name only: the definition is ours, the encoder of ViT/20 with a linear head on the mean token.',
  },
  { name: 'MLPMixer', aliases: ['mixer', 'mlp-mixer-base'], family: 'mlp-mixer', options: { size: 'base' } },
  { name: 'MLPMixer_Tiny', aliases: ['mixer-tiny'], family: 'mlp-mixer', options: { size: 'tiny' } },
  {
    name: 'WideResNet',
    aliases: ['WideResNet-B0', 'wrn-b0'],
    family: 'wrn-eca',
    options: { preset: 'B0', attention: 'none' },
    notes: 'Without attention. At the last commit, the registry key of this name builds WideResNet-ECA-B4.',
  },
  {
    name: 'WideResNet-COORD',
    aliases: ['wrn-b0-coord'],
    family: 'wrn-eca',
    options: { preset: 'B0', attention: 'coord' },
  },
  {
    name: 'WideResNet-CBAM',
    aliases: ['wrn-b0-cbam'],
    family: 'wrn-eca',
    options: { preset: 'B0', attention: 'cbam' },
  },
  {
    name: 'WideResNet-CBAM-Ghost',
    aliases: ['wrn-b0-cbam-ghost'],
    family: 'wrn-eca',
    options: { preset: 'B0', attention: 'cbam', ghost: true },
  },
  {
    name: 'WideResNet-COORD-Ghost',
    aliases: ['wrn-b0-coord-ghost'],
    family: 'wrn-eca',
    options: { preset: 'B0', attention: 'coord', ghost: true },
    archiveOf: 'WideResNet-CBAM-Ghost',
  },
  { name: 'WideResNet-SE', aliases: ['wrn-b0-se'], family: 'wrn-eca', options: { preset: 'B0', attention: 'se' } },
  {
    name: 'WideResNet-SE-Ghost',
    aliases: ['wrn-b0-se-ghost'],
    family: 'wrn-eca',
    options: { preset: 'B0', attention: 'se', ghost: true },
  },
  {
    name: 'WideResNet-ECA',
    aliases: ['WideResNet-ECA-B0', 'wrn-b0-eca', 'wrn-eca-b0'],
    family: 'wrn-eca',
    options: { preset: 'B0', attention: 'eca' },
  },
  {
    name: 'WideResNet-ECA-GHOST',
    aliases: ['wrn-b0-eca-ghost'],
    family: 'wrn-eca',
    options: { preset: 'B0', attention: 'eca', ghost: true },
  },
  { name: 'EfficientNetB0', family: 'efficientnet', options: { size: 'B0' } },
  { name: 'EfficientNetB1', family: 'efficientnet', options: { size: 'B1' } },
  { name: 'EfficientNetB2', family: 'efficientnet', options: { size: 'B2' }, archiveOf: 'EfficientNetB1' },
  { name: 'EfficientNetB3', family: 'efficientnet', options: { size: 'B3' } },
  { name: 'EfficientNetB4', family: 'efficientnet', options: { size: 'B4' } },
  { name: 'EfficientNetB5', family: 'efficientnet', options: { size: 'B5' } },
  { name: 'EfficientNetB6', family: 'efficientnet', options: { size: 'B6' } },
  { name: 'EfficientNetB7', family: 'efficientnet', options: { size: 'B7' } },
  { name: 'EfficientNet-CBAM', family: 'scaled-efficientnet', options: { preset: 'B0', attention: 'cbam' } },
  {
    name: 'EfficientNet-CBAM-GHOST',
    family: 'scaled-efficientnet',
    options: { preset: 'B0', attention: 'cbam', ghost: true },
  },
  { name: 'EfficientNet-COORD', family: 'scaled-efficientnet', options: { preset: 'B0', attention: 'coord' } },
  {
    name: 'EfficientNet-COORD-GHOST',
    family: 'scaled-efficientnet',
    options: { preset: 'B0', attention: 'coord', ghost: true },
  },
  { name: 'EfficientNet-SE', family: 'scaled-efficientnet', options: { preset: 'B0', attention: 'se' } },
  {
    name: 'EfficientNet-SE-GHOST',
    family: 'scaled-efficientnet',
    options: { preset: 'B0', attention: 'se', ghost: true },
  },
  {
    name: 'EfficientNet-ECA',
    aliases: ['EfficientNetB0-ECA'],
    family: 'scaled-efficientnet',
    options: { preset: 'B0', attention: 'eca' },
  },
  {
    name: 'EfficientNet-ECA-GHOST',
    aliases: ['EfficientNet'],
    family: 'scaled-efficientnet',
    options: { preset: 'B0', attention: 'eca', ghost: true },
    notes: 'What the registry key EfficientNet builds at the last commit.',
  },
  {
    name: 'EfficientNetB1-ECA',
    aliases: ['EfficientNet-ECA-B1'],
    family: 'scaled-efficientnet',
    options: { preset: 'B1', attention: 'eca' },
    notes: orientation,
  },
  {
    name: 'EfficientNetB2-ECA',
    aliases: ['EfficientNet-ECA-B2'],
    family: 'scaled-efficientnet',
    options: { preset: 'B2', attention: 'eca' },
    notes: orientation,
  },
  {
    name: 'EfficientNetB3-ECA',
    aliases: ['EfficientNet-ECA-B3'],
    family: 'scaled-efficientnet',
    options: { preset: 'B3', attention: 'eca' },
    notes: orientation,
  },
  {
    name: 'EfficientNetB4-ECA',
    aliases: ['EfficientNet-ECA-B4'],
    family: 'scaled-efficientnet',
    options: { preset: 'B4', attention: 'eca' },
    notes: orientation,
  },
  {
    name: 'EfficientNetB5-ECA',
    aliases: ['EfficientNet-ECA-B5'],
    family: 'scaled-efficientnet',
    options: { preset: 'B5', attention: 'eca' },
    notes: orientation,
  },
  {
    name: 'EfficientNetB6-ECA',
    aliases: ['EfficientNet-ECA-B6'],
    family: 'scaled-efficientnet',
    options: { preset: 'B6', attention: 'eca' },
    notes: orientation,
  },
  {
    name: 'EfficientNetB7-ECA',
    aliases: ['EfficientNet-ECA-B7'],
    family: 'scaled-efficientnet',
    options: { preset: 'B7', attention: 'eca' },
    notes: orientation,
  },
  {
    name: 'WideResNet-ECA-B1',
    aliases: ['wrn-b1-eca', 'wrn-eca-b1'],
    family: 'wrn-eca',
    options: { preset: 'B1', attention: 'eca' },
    notes: presumed,
  },
  {
    name: 'WideResNet-ECA-B2',
    aliases: ['wrn-b2-eca', 'wrn-eca-b2'],
    family: 'wrn-eca',
    options: { preset: 'B2', attention: 'eca' },
    notes: presumed,
  },
  {
    name: 'WideResNet-ECA-B3',
    aliases: ['wrn-b3-eca', 'wrn-eca-b3'],
    family: 'wrn-eca',
    options: { preset: 'B3', attention: 'eca' },
    notes: presumed,
  },
  {
    name: 'WideResNet-ECA-B4',
    aliases: ['wrn-b4-eca', 'wrn-eca-b4'],
    family: 'wrn-eca',
    options: { preset: 'B4', attention: 'eca' },
    notes: `The model that the paper recommends. ${baseJson}`,
  },
  {
    name: 'WideResNet-ECA-B5',
    aliases: ['wrn-b5-eca', 'wrn-eca-b5'],
    family: 'wrn-eca',
    options: { preset: 'B5', attention: 'eca' },
    notes: presumed,
  },
  {
    name: 'WideResNet-ECA-B6',
    aliases: ['wrn-b6-eca', 'wrn-eca-b6'],
    family: 'wrn-eca',
    options: { preset: 'B6', attention: 'eca' },
    notes: presumed,
  },
  {
    name: 'WideResNet-ECA-B7',
    aliases: ['wrn-b7-eca', 'wrn-eca-b7'],
    family: 'wrn-eca',
    options: { preset: 'B7', attention: 'eca' },
    notes: presumed,
  },
  {
    name: 'ResNet18',
    family: 'resnet',
    options: { depth: 18 },
    published: false,
    notes: `${ours} A registry key without code behind it.`,
  },
  {
    name: 'ResNet_50',
    family: 'resnet',
    options: { depth: 50, epsilon: 1e-3 },
    published: false,
    notes: `${ours} The benchmark's hand-written ResNet50, with another epsilon.`,
  },
  {
    name: 'K-Branch-2',
    aliases: ['KBranch'],
    family: 'k-branch',
    options: { branches: 2 },
    published: false,
    notes: `${ours} Bands of 10 and 20 m on their native grids. The registry key KBranch, which crashes at the last commit.`,
  },
  {
    name: 'K-Branch-2-resized',
    family: 'k-branch',
    options: { branches: 2, native: false },
    published: false,
    notes: `${ours} All bands resized to the grid of 10 m, as the benchmark's wrapper would have it.`,
  },
  {
    name: 'K-Branch-3',
    family: 'k-branch',
    options: { branches: 3 },
    published: false,
    notes: `${ours} The original three branches, for 12 bands with those of 60 m.`,
  },
  {
    name: 'WideResNet-GHOST',
    aliases: ['wrn-b0-ghost'],
    family: 'wrn-eca',
    options: { preset: 'B0', attention: 'none', ghost: true },
    published: false,
    notes: ours,
  },
  {
    name: 'WideResNet-B4',
    aliases: ['wrn-b4'],
    family: 'wrn-eca',
    options: { preset: 'B4', attention: 'none' },
    published: false,
    notes: `${ours} ${baseJson}`,
  },
  {
    name: 'WideResNet-COORD-B4',
    aliases: ['wrn-b4-coord'],
    family: 'wrn-eca',
    options: { preset: 'B4', attention: 'coord' },
    published: false,
    notes: `${ours} ${baseJson}`,
  },
  {
    name: 'WideResNet-CBAM-B4',
    aliases: ['wrn-b4-cbam'],
    family: 'wrn-eca',
    options: { preset: 'B4', attention: 'cbam' },
    published: false,
    notes: `${ours} ${baseJson}`,
  },
  {
    name: 'WideResNet-SE-B4',
    aliases: ['wrn-b4-se'],
    family: 'wrn-eca',
    options: { preset: 'B4', attention: 'se' },
    published: false,
    notes: `${ours} ${baseJson}`,
  },
  {
    name: 'WideResNet-ECA-GHOST-B4',
    aliases: ['wrn-b4-eca-ghost'],
    family: 'wrn-eca',
    options: { preset: 'B4', attention: 'eca', ghost: true },
    published: false,
    notes: `${ours} ${baseJson}`,
  },
  {
    name: 'EfficientNet-GHOST',
    family: 'scaled-efficientnet',
    options: { preset: 'B0', attention: 'none', ghost: true },
    published: false,
    notes: ours,
  },
] as const satisfies readonly Row[];

/** Name of a model of the zoo, as published or in the same manner. */
export type ModelName = (typeof zooEntries)[number]['name'];

/** The family that a name belongs to. */
export type FamilyOf<Name extends ModelName> = Extract<(typeof zooEntries)[number], Named<Name>>['family'];

interface Named<Name extends ModelName> {
  readonly name: Name;
}

const index: ReadonlyMap<string, ZooEntry> = new Map(
  zooEntries.map((entry): [string, ZooEntry] => [entry.name, entry]),
);

/** The entry of a name as it stands in the table. */
export function entryOf(name: ModelName): ZooEntry & { readonly name: ModelName } {
  return index.get(name) as ZooEntry & { readonly name: ModelName };
}

/** All names, in the order of the table. */
export const modelNames: readonly ModelName[] = zooEntries.map(({ name }) => name);
