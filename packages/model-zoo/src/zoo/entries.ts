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
const ours = 'Not in the published zoo.';

/** The named models (spec 1.7), in the order of the published list; last those of ours. */
export const zooEntries = [
  { name: 'ResNet50', family: 'resnet', options: { depth: 50 } },
  { name: 'ResNet101', family: 'resnet', options: { depth: 101 } },
  { name: 'ResNet152', family: 'resnet', options: { depth: 152 } },
  {
    name: 'WideResNet',
    aliases: ['wrn-b0', 'WideResNet-B0'],
    family: 'wrn-eca',
    options: { preset: 'B0', attention: 'none' },
    notes: "Without attention. The last commit's registry key of this name builds WideResNet-ECA-B4.",
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
    notes: `${ours} The benchmark's hand-written ResNet50: another epsilon.`,
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
] as const satisfies readonly Row[];

/** Name of a model of the zoo, as published or in the same manner. */
export type ModelName = (typeof zooEntries)[number]['name'];

/** The family that a name belongs to. */
export type FamilyOf<Name extends ModelName> = Extract<(typeof zooEntries)[number], { readonly name: Name }>['family'];

const index: ReadonlyMap<string, ZooEntry> = new Map(
  zooEntries.map((entry): [string, ZooEntry] => [entry.name, entry]),
);

/** The entry of a name as it stands in the table. */
export function entryOf(name: ModelName): ZooEntry & { readonly name: ModelName } {
  return index.get(name) as ZooEntry & { readonly name: ModelName };
}

/** All names, in the order of the table. */
export const modelNames: readonly ModelName[] = zooEntries.map(({ name }) => name);
