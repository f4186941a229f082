import type { JsonValue, ModelCard } from '@lulc/core';
import type { Dialect } from './layout.js';
import { nnUNetNames } from './names/nnunet.js';
import { kerasNames, type ToolNames, timmNames, torchvisionNames } from './names/tables.js';

/** Where weights come from. */
export type WeightOrigin = 'timm' | 'torchvision' | 'torchgeo' | 'reben' | 'nnunet' | 'keras' | 'bigearthnet-zoo';

/** Which code of the published benchmark a checkpoint is from; it decides on the order of its bands. */
export type ZooEra = 'zoo' | 'head';

/** What is known of an origin. */
export interface Origin {
  /** Order of axes in its files. */
  readonly dialect: Dialect;
  /** Its names, for a network of the card's configuration. */
  readonly names: (configuration: ModelCard['configuration']) => ToolNames;
  /** Its band order by number of bands. */
  readonly bands: Readonly<Record<number, readonly string[]>>;
  /** True where classes are in alphabetical order. */
  readonly sortsClasses?: boolean;
  /**
   * Settings of the network here, by family, with which it computes the same. Each is one possibility; a number holds within
   * 1 %.
   */
  readonly settings: { readonly [family: string]: readonly Settings[] };
}

/** Some of a card's configuration. */
export type Settings = { readonly [option: string]: JsonValue };

const photo = { 3: ['B04', 'B03', 'B02'] };
const fine = ['B05', 'B06', 'B07', 'B8A', 'B11', 'B12'];
const radar = ['VV', 'VH'];

/** Band orders of the published benchmark (specification 1.1). */
export const zooBands: Readonly<Record<ZooEra, Readonly<Record<number, readonly string[]>>>> = {
  zoo: { 10: ['B04', 'B03', 'B02', 'B08', ...fine] },
  head: {
    2: radar,
    10: ['B02', 'B03', 'B04', 'B08', ...fine],
    12: ['B02', 'B03', 'B04', 'B08', ...fine, ...radar],
  },
};

/** Band orders of ConfigILM, with which the models of reBEN were trained. */
const rebenTen = ['B02', 'B03', 'B04', 'B08', 'B05', 'B06', 'B07', 'B11', 'B12', 'B8A'];

const torchSettings = {
  resnet: [{ style: 'torchvision' }],
  efficientnet: [{ padding: 'symmetric', epsilon: 1e-5, variant: 'corrected' }],
};
/** timm also has the networks of TensorFlow, `tf_efficientnet_…`. */
const timmSettings = {
  ...torchSettings,
  efficientnet: [...torchSettings.efficientnet, { padding: 'same', epsilon: 1e-3, variant: 'corrected' }],
  vit: [{ variant: 'corrected', epsilon: 1e-6, pooling: 'mean' }],
  'mlp-mixer': [{ variant: 'corrected', epsilon: 1e-6 }],
};
const kerasSettings = {
  resnet: [{ style: 'keras' }],
  efficientnet: [{ padding: 'same', epsilon: 1e-3, variant: 'reference' }],
};

/** All origins; names that several have in common count for the first. */
export const origins: { readonly [name in WeightOrigin]: Origin } = {
  torchvision: { dialect: 'torch', names: torchvisionNames, bands: photo, settings: torchSettings },
  timm: { dialect: 'torch', names: timmNames, bands: photo, settings: timmSettings },
  torchgeo: {
    dialect: 'torch',
    names: timmNames,
    bands: {
      ...photo,
      2: radar,
      13: ['B01', 'B02', 'B03', 'B04', 'B05', 'B06', 'B07', 'B08', 'B8A', 'B09', 'B10', 'B11', 'B12'],
    },
    settings: timmSettings,
  },
  reben: {
    dialect: 'torch',
    names: timmNames,
    bands: { 2: ['VH', 'VV'], 10: rebenTen, 12: [...rebenTen, 'VH', 'VV'] },
    sortsClasses: true,
    settings: timmSettings,
  },
  nnunet: { dialect: 'torch', names: nnUNetNames, bands: {}, settings: {} },
  keras: { dialect: 'keras', names: kerasNames, bands: photo, settings: kerasSettings },
  'bigearthnet-zoo': {
    dialect: 'keras',
    names: kerasNames,
    bands: zooBands.zoo,
    settings: {
      ...kerasSettings,
      'wrn-eca': [{ variant: 'reference' }],
      'scaled-efficientnet': [{ variant: 'reference' }],
      vit: [{ variant: 'reference' }],
      'mlp-mixer': [{ variant: 'reference' }],
    },
  },
};
