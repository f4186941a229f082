import type { Material } from './materials.js';

/** Materials with the odds that a cell is made of them. */
type Odds = readonly (readonly [material: Material, odds: number])[];

/** What one land-cover class looks like from above. */
export interface Cover {
  /** Name among BigEarthNet's 19. */
  readonly name: string;
  /** CORINE level-3 code written into the reference map. */
  readonly code: number;
  /** What it is divided into: fields, houses, stands of trees. */
  readonly cells: {
    /** Least and greatest size in pixels; a patch has one size per region. */
    readonly size: readonly [number, number];
    /** Straight, common edges as man makes them, or irregular ones. */
    readonly angular: boolean;
    /** What a cell is made of. */
    readonly materials: Odds;
  };
  /** A second material within the cells. */
  readonly overlay?: {
    /** The material. */
    readonly material: Material;
    /** Even rows (orchards, vines), crowns (single trees), or soft spots. */
    readonly pattern: 'rows' | 'crowns' | 'spots';
    /** Least and greatest share of the ground. */
    readonly share: readonly [number, number];
    /** Pixels per row, crown or spot. */
    readonly scale: number;
  };
  /** Relative variation from pixel to pixel. */
  readonly grain: number;
}

/** The 19 classes of BigEarthNet as mixtures of materials. */
export const covers: readonly Cover[] = [
  {
    name: 'Urban fabric',
    code: 112,
    cells: {
      size: [2, 4],
      angular: true,
      materials: [
        ['tile', 3],
        ['asphalt', 3],
        ['concrete', 1],
        ['grass', 2],
        ['broadleaf', 1],
      ],
    },
    grain: 0.1,
  },
  {
    name: 'Industrial or commercial units',
    code: 121,
    cells: {
      size: [7, 14],
      angular: true,
      materials: [
        ['concrete', 5],
        ['asphalt', 4],
        ['soil', 1],
      ],
    },
    grain: 0.06,
  },
  {
    name: 'Arable land',
    code: 211,
    cells: {
      size: [16, 32],
      angular: true,
      materials: [
        ['crop', 4],
        ['soil', 3],
        ['stubble', 3],
      ],
    },
    overlay: { material: 'soil', pattern: 'spots', share: [0, 0.2], scale: 9 },
    grain: 0.04,
  },
  {
    name: 'Permanent crops',
    code: 222,
    cells: {
      size: [12, 22],
      angular: true,
      materials: [
        ['soil', 3],
        ['stubble', 1],
      ],
    },
    overlay: { material: 'broadleaf', pattern: 'rows', share: [0.35, 0.6], scale: 4 },
    grain: 0.06,
  },
  {
    name: 'Pastures',
    code: 231,
    cells: { size: [20, 40], angular: true, materials: [['grass', 1]] },
    overlay: { material: 'stubble', pattern: 'spots', share: [0, 0.2], scale: 14 },
    grain: 0.05,
  },
  {
    name: 'Complex cultivation patterns',
    code: 242,
    cells: {
      size: [5, 9],
      angular: true,
      materials: [
        ['crop', 3],
        ['soil', 3],
        ['grass', 2],
        ['stubble', 3],
        ['broadleaf', 1],
      ],
    },
    grain: 0.05,
  },
  {
    name: 'Land principally occupied by agriculture, with significant areas of natural vegetation',
    code: 243,
    cells: {
      size: [9, 16],
      angular: false,
      materials: [
        ['crop', 2],
        ['grass', 2],
        ['stubble', 1],
        ['broadleaf', 3],
        ['shrub', 2],
      ],
    },
    grain: 0.08,
  },
  {
    name: 'Agro-forestry areas',
    code: 244,
    cells: {
      size: [30, 50],
      angular: false,
      materials: [
        ['stubble', 3],
        ['grass', 1],
      ],
    },
    overlay: { material: 'broadleaf', pattern: 'crowns', share: [0.2, 0.4], scale: 3 },
    grain: 0.06,
  },
  {
    name: 'Broad-leaved forest',
    code: 311,
    cells: { size: [25, 45], angular: false, materials: [['broadleaf', 1]] },
    grain: 0.12,
  },
  {
    name: 'Coniferous forest',
    code: 312,
    cells: { size: [25, 45], angular: false, materials: [['conifer', 1]] },
    grain: 0.14,
  },
  {
    name: 'Mixed forest',
    code: 313,
    cells: {
      size: [3, 6],
      angular: false,
      materials: [
        ['broadleaf', 1],
        ['conifer', 1],
      ],
    },
    grain: 0.13,
  },
  {
    name: 'Natural grassland and sparsely vegetated areas',
    code: 321,
    cells: {
      size: [30, 60],
      angular: false,
      materials: [
        ['stubble', 2],
        ['grass', 1],
      ],
    },
    overlay: { material: 'rock', pattern: 'spots', share: [0.3, 0.6], scale: 7 },
    grain: 0.08,
  },
  {
    name: 'Moors, heathland and sclerophyllous vegetation',
    code: 322,
    cells: { size: [30, 60], angular: false, materials: [['heath', 1]] },
    overlay: { material: 'shrub', pattern: 'spots', share: [0.1, 0.4], scale: 8 },
    grain: 0.09,
  },
  {
    name: 'Transitional woodland, shrub',
    code: 324,
    cells: {
      size: [12, 24],
      angular: false,
      materials: [
        ['shrub', 3],
        ['grass', 1],
      ],
    },
    overlay: { material: 'conifer', pattern: 'crowns', share: [0.15, 0.4], scale: 2 },
    grain: 0.1,
  },
  {
    name: 'Beaches, dunes, sands',
    code: 331,
    cells: { size: [40, 80], angular: false, materials: [['sand', 1]] },
    overlay: { material: 'stubble', pattern: 'spots', share: [0, 0.15], scale: 6 },
    grain: 0.05,
  },
  {
    name: 'Inland wetlands',
    code: 411,
    cells: {
      size: [10, 25],
      angular: false,
      materials: [
        ['peat', 3],
        ['reed', 2],
      ],
    },
    overlay: { material: 'lake', pattern: 'spots', share: [0.05, 0.25], scale: 6 },
    grain: 0.07,
  },
  {
    name: 'Coastal wetlands',
    code: 421,
    cells: {
      size: [8, 18],
      angular: false,
      materials: [
        ['silt', 2],
        ['reed', 2],
        ['peat', 1],
      ],
    },
    overlay: { material: 'sand', pattern: 'spots', share: [0, 0.2], scale: 10 },
    grain: 0.06,
  },
  {
    name: 'Inland waters',
    code: 512,
    cells: {
      size: [80, 120],
      angular: false,
      materials: [
        ['lake', 3],
        ['silt', 1],
      ],
    },
    grain: 0.03,
  },
  {
    name: 'Marine waters',
    code: 523,
    cells: { size: [80, 120], angular: false, materials: [['sea', 1]] },
    grain: 0.04,
  },
];

/** A kind of country: which classes occur in it, and how often. */
export type Region = readonly (readonly [cover: string, odds: number])[];

const [agriNatural] = covers.filter(({ code }) => code === 243).map(({ name }) => name);

/** The kinds of country that simulated scenes are of. */
export const regions: readonly Region[] = [
  [
    ['Arable land', 5],
    ['Pastures', 4],
    ['Urban fabric', 2],
    ['Complex cultivation patterns', 2],
    ['Broad-leaved forest', 2],
    [agriNatural, 1],
    ['Inland waters', 1],
  ],
  [
    ['Permanent crops', 4],
    ['Agro-forestry areas', 3],
    ['Complex cultivation patterns', 2],
    ['Natural grassland and sparsely vegetated areas', 2],
    ['Moors, heathland and sclerophyllous vegetation', 2],
    ['Arable land', 2],
    ['Urban fabric', 1],
  ],
  [
    ['Coniferous forest', 5],
    ['Mixed forest', 4],
    ['Transitional woodland, shrub', 3],
    ['Inland wetlands', 2],
    ['Inland waters', 3],
    ['Broad-leaved forest', 2],
  ],
  [
    ['Marine waters', 5],
    ['Beaches, dunes, sands', 2],
    ['Coastal wetlands', 2],
    ['Pastures', 2],
    ['Moors, heathland and sclerophyllous vegetation', 2],
    ['Urban fabric', 2],
  ],
  [
    ['Urban fabric', 5],
    ['Industrial or commercial units', 4],
    ['Arable land', 2],
    [agriNatural, 2],
    ['Broad-leaved forest', 1],
    ['Inland waters', 2],
  ],
];
