import type { LabelScheme } from './labelScheme.js';

/** A class of the IGBP land cover scheme. */
export interface IgbpClass {
  /** Value in MODIS products and in SEN12MS, 1 … 17. */
  readonly code: number;
  /** Its name in MCD12Q1, layer LC_Type1. */
  readonly name: string;
  /** The class of the simplified scheme that it belongs to. */
  readonly simplified: string;
}

const rows: readonly (readonly [name: string, simplified: string])[] = [
  ['Evergreen Needleleaf Forests', 'Forest'],
  ['Evergreen Broadleaf Forests', 'Forest'],
  ['Deciduous Needleleaf Forests', 'Forest'],
  ['Deciduous Broadleaf Forests', 'Forest'],
  ['Mixed Forests', 'Forest'],
  ['Closed Shrublands', 'Shrubland'],
  ['Open Shrublands', 'Shrubland'],
  ['Woody Savannas', 'Savanna'],
  ['Savannas', 'Savanna'],
  ['Grasslands', 'Grassland'],
  ['Permanent Wetlands', 'Wetlands'],
  ['Croplands', 'Croplands'],
  ['Urban and Built-up Lands', 'Urban/Built-up'],
  ['Cropland/Natural Vegetation Mosaics', 'Croplands'],
  ['Permanent Snow and Ice', 'Snow/Ice'],
  ['Barren', 'Barren'],
  ['Water Bodies', 'Water'],
];

/** The 17 classes of the International Geosphere-Biosphere Programme, by code. */
export const igbpClasses: readonly IgbpClass[] = rows.map(([name, simplified], i) => ({
  code: i + 1,
  name,
  simplified,
}));

/** The 17 IGBP classes as labels of SEN12MS patches. */
export const igbp17: LabelScheme = {
  name: 'igbp-17',
  task: 'multi-label',
  classes: igbpClasses.map(({ name }) => name),
  otherNames: {},
};

/**
 * The simplified scheme of SEN12MS with ten classes (Schmitt and Wu 2021, arXiv:2104.00704; spec 7): forests, shrublands
 * and savannas are joined, and mosaics count as croplands.
 */
export const igbp10: LabelScheme = {
  name: 'igbp-10',
  task: 'multi-label',
  classes: [...new Set(igbpClasses.map(({ simplified }) => simplified))],
  otherNames: Object.fromEntries(igbpClasses.map(({ name, simplified }) => [name, simplified])),
};
