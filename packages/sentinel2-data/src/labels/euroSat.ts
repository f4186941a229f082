import type { LabelScheme } from './labelScheme.js';

/** EuroSAT's ten classes in alphabetical order, named as its folders (Helber et al. 2019). */
export const euroSat10: LabelScheme = {
  name: 'eurosat-10',
  task: 'single-label',
  classes: [
    'AnnualCrop',
    'Forest',
    'HerbaceousVegetation',
    'Highway',
    'Industrial',
    'Pasture',
    'PermanentCrop',
    'Residential',
    'River',
    'SeaLake',
  ],
  otherNames: {},
};
