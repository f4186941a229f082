import type { LabelScheme } from './labelScheme.js';

/** A class of the CORINE Land Cover nomenclature (level 3) as BigEarthNet uses it. */
export interface CorineClass {
  /** Level-3 code, e.g. 211. */
  readonly code: number;
  /** Name among BigEarthNet's 43. */
  readonly name: string;
  /** Name of its class among BigEarthNet's 19, or `undefined` for the eleven that were dropped. */
  readonly nineteen: string | undefined;
}

const nineteen = {
  urban: 'Urban fabric',
  industrial: 'Industrial or commercial units',
  arable: 'Arable land',
  permanent: 'Permanent crops',
  pastures: 'Pastures',
  complex: 'Complex cultivation patterns',
  agriNatural: 'Land principally occupied by agriculture, with significant areas of natural vegetation',
  agroForestry: 'Agro-forestry areas',
  broadLeaved: 'Broad-leaved forest',
  coniferous: 'Coniferous forest',
  mixed: 'Mixed forest',
  grassland: 'Natural grassland and sparsely vegetated areas',
  moors: 'Moors, heathland and sclerophyllous vegetation',
  transitional: 'Transitional woodland, shrub',
  beaches: 'Beaches, dunes, sands',
  inlandWetlands: 'Inland wetlands',
  coastalWetlands: 'Coastal wetlands',
  inlandWaters: 'Inland waters',
  marineWaters: 'Marine waters',
} as const;

const table: readonly (readonly [code: number, name: string, nineteen?: keyof typeof nineteen])[] = [
  [111, 'Continuous urban fabric', 'urban'],
  [112, 'Discontinuous urban fabric', 'urban'],
  [121, 'Industrial or commercial units', 'industrial'],
  [122, 'Road and rail networks and associated land'],
  [123, 'Port areas'],
  [124, 'Airports'],
  [131, 'Mineral extraction sites'],
  [132, 'Dump sites'],
  [133, 'Construction sites'],
  [141, 'Green urban areas'],
  [142, 'Sport and leisure facilities'],
  [211, 'Non-irrigated arable land', 'arable'],
  [212, 'Permanently irrigated land', 'arable'],
  [213, 'Rice fields', 'arable'],
  [221, 'Vineyards', 'permanent'],
  [222, 'Fruit trees and berry plantations', 'permanent'],
  [223, 'Olive groves', 'permanent'],
  [231, 'Pastures', 'pastures'],
  [241, 'Annual crops associated with permanent crops', 'permanent'],
  [242, 'Complex cultivation patterns', 'complex'],
  [243, 'Land principally occupied by agriculture, with significant areas of natural vegetation', 'agriNatural'],
  [244, 'Agro-forestry areas', 'agroForestry'],
  [311, 'Broad-leaved forest', 'broadLeaved'],
  [312, 'Coniferous forest', 'coniferous'],
  [313, 'Mixed forest', 'mixed'],
  [321, 'Natural grassland', 'grassland'],
  [322, 'Moors and heathland', 'moors'],
  [323, 'Sclerophyllous vegetation', 'moors'],
  [324, 'Transitional woodland/shrub', 'transitional'],
  [331, 'Beaches, dunes, sands', 'beaches'],
  [332, 'Bare rock'],
  [333, 'Sparsely vegetated areas', 'grassland'],
  [334, 'Burnt areas'],
  [411, 'Inland marshes', 'inlandWetlands'],
  [412, 'Peatbogs', 'inlandWetlands'],
  [421, 'Salt marshes', 'coastalWetlands'],
  [422, 'Salines', 'coastalWetlands'],
  [423, 'Intertidal flats'],
  [511, 'Water courses', 'inlandWaters'],
  [512, 'Water bodies', 'inlandWaters'],
  [521, 'Coastal lagoons', 'marineWaters'],
  [522, 'Estuaries', 'marineWaters'],
  [523, 'Sea and ocean', 'marineWaters'],
];

/** The 43 CORINE classes of BigEarthNet in index order (by code), each with its class among the 19 (spec 3.1). */
export const corineClasses: readonly CorineClass[] = table.map(([code, name, key]) => ({
  code,
  name,
  nineteen: key === undefined ? undefined : nineteen[key],
}));

/** Spellings of CORINE classes in other editions of the nomenclature and in metadata files. */
const corineSpellings: Readonly<Record<string, string>> = {
  'Natural grasslands': 'Natural grassland',
  'Peat bogs': 'Peatbogs',
  'Permanently irrigated arable land': 'Permanently irrigated land',
  'Moors and heathlands': 'Moors and heathland',
  'Beaches, dunes, and sand plains': 'Beaches, dunes, sands',
  'Bare rocks': 'Bare rock',
  'Green urban area': 'Green urban areas',
  'Land principally occupied by agriculture with significant areas of natural vegetation':
    'Land principally occupied by agriculture, with significant areas of natural vegetation',
};

/** BigEarthNet's original 43 classes, in CORINE code order. */
export const bigEarthNet43: LabelScheme = {
  name: 'bigearthnet-43',
  task: 'multi-label',
  classes: corineClasses.map(({ name }) => name),
  otherNames: corineSpellings,
};

/**
 * BigEarthNet's 19 classes (index order of the benchmark, spec 3.1). Labels of the 43-class scheme are understood too
 * and mapped; the eleven that the 19 leave out are dropped.
 */
export const bigEarthNet19: LabelScheme = {
  name: 'bigearthnet-19',
  task: 'multi-label',
  classes: Object.values(nineteen),
  otherNames: {
    ...Object.fromEntries(corineClasses.map(({ name, nineteen: target }) => [name, target])),
    ...Object.fromEntries(
      Object.entries(corineSpellings).map(([spelling, name]) => [
        spelling,
        corineClasses.find((corine) => corine.name === name)?.nineteen,
      ]),
    ),
    'Moors, heathlands and sclerophyllous vegetation': nineteen.moors,
    'Agroforestry areas': nineteen.agroForestry,
  },
};
