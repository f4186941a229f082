// Written by `npm run sizes` in packages/model-zoo from the networks themselves; do not edit.
import type { ModelName } from './entries.js';
import type { ModelSizes } from './modelSizes.js';

/** Sizes of the named models for 10 bands and 19 classes. */
export const zooSizes: Readonly<Record<ModelName, ModelSizes>> = {
  ResNet50: {
    inputSize: 120,
    corrected: { trainable: 23595475, total: 23648595, multiplyAdds: 1269481472 },
    reference: { trainable: 23595475, total: 23648595, multiplyAdds: 1269481472 },
  },
  ResNet101: {
    inputSize: 120,
    corrected: { trainable: 42613715, total: 42719059, multiplyAdds: 2481635328 },
    reference: { trainable: 42613715, total: 42719059, multiplyAdds: 2481635328 },
  },
  ResNet152: {
    inputSize: 120,
    corrected: { trainable: 58280403, total: 58431827, multiplyAdds: 3659251712 },
    reference: { trainable: 58280403, total: 58431827, multiplyAdds: 3659251712 },
  },
  WideResNet: {
    inputSize: 60,
    corrected: { trainable: 305875, total: 306803, multiplyAdds: 160015232 },
    reference: { trainable: 305875, total: 306803, multiplyAdds: 160015232 },
  },
  'WideResNet-COORD': {
    inputSize: 60,
    corrected: { trainable: 311771, total: 312747, multiplyAdds: 160199552 },
    reference: { trainable: 311771, total: 312747, multiplyAdds: 160199552 },
  },
  'WideResNet-CBAM': {
    inputSize: 60,
    corrected: { trainable: 309095, total: 310023, multiplyAdds: 160483658 },
    reference: { trainable: 309095, total: 310023, multiplyAdds: 160483658 },
  },
  'WideResNet-CBAM-Ghost': {
    inputSize: 60,
    corrected: { trainable: 162935, total: 165207, multiplyAdds: 85790858 },
    reference: { trainable: 159239, total: 160839, multiplyAdds: 83069258 },
  },
  'WideResNet-COORD-Ghost': {
    inputSize: 60,
    corrected: { trainable: 165611, total: 167931, multiplyAdds: 85506752 },
    reference: { trainable: 161915, total: 163563, multiplyAdds: 82785152 },
  },
  'WideResNet-SE': {
    inputSize: 60,
    corrected: { trainable: 308801, total: 309729, multiplyAdds: 160017920 },
    reference: { trainable: 308801, total: 309729, multiplyAdds: 160017920 },
  },
  'WideResNet-SE-Ghost': {
    inputSize: 60,
    corrected: { trainable: 162641, total: 164913, multiplyAdds: 85325120 },
    reference: { trainable: 158945, total: 160545, multiplyAdds: 82603520 },
  },
  'WideResNet-ECA': {
    inputSize: 60,
    corrected: { trainable: 305889, total: 306817, multiplyAdds: 160016160 },
    reference: { trainable: 305889, total: 306817, multiplyAdds: 160016160 },
  },
  'WideResNet-ECA-GHOST': {
    inputSize: 60,
    corrected: { trainable: 159729, total: 162001, multiplyAdds: 85323360 },
    reference: { trainable: 156033, total: 157633, multiplyAdds: 82601760 },
  },
  'WideResNet-ECA-B1': {
    inputSize: 60,
    corrected: { trainable: 372357, total: 373381, multiplyAdds: 195602484 },
    reference: { trainable: 372357, total: 373381, multiplyAdds: 195602484 },
  },
  'WideResNet-ECA-B2': {
    inputSize: 70,
    corrected: { trainable: 432105, total: 433209, multiplyAdds: 314700140 },
    reference: { trainable: 432105, total: 433209, multiplyAdds: 314700140 },
  },
  'WideResNet-ECA-B3': {
    inputSize: 80,
    corrected: { trainable: 589053, total: 590333, multiplyAdds: 519255916 },
    reference: { trainable: 589053, total: 590333, multiplyAdds: 519255916 },
  },
  'WideResNet-ECA-B4': {
    inputSize: 90,
    corrected: { trainable: 984313, total: 985961, multiplyAdds: 1088260628 },
    reference: { trainable: 984313, total: 985961, multiplyAdds: 1088260628 },
  },
  'WideResNet-ECA-B5': {
    inputSize: 100,
    corrected: { trainable: 5160363, total: 5166299, multiplyAdds: 7369412268 },
    reference: { trainable: 5160363, total: 5166299, multiplyAdds: 7369412268 },
  },
  'WideResNet-ECA-B6': {
    inputSize: 110,
    corrected: { trainable: 7274855, total: 7281895, multiplyAdds: 12616921124 },
    reference: { trainable: 7274855, total: 7281895, multiplyAdds: 12616921124 },
  },
  'WideResNet-ECA-B7': {
    inputSize: 120,
    corrected: { trainable: 14057623, total: 14068791, multiplyAdds: 28719423844 },
    reference: { trainable: 14057623, total: 14068791, multiplyAdds: 28719423844 },
  },
  ResNet18: {
    inputSize: 120,
    corrected: { trainable: 11213011, total: 11222611, multiplyAdds: 632016384 },
    reference: { trainable: 11213011, total: 11222611, multiplyAdds: 632016384 },
  },
  ResNet_50: {
    inputSize: 120,
    corrected: { trainable: 23595475, total: 23648595, multiplyAdds: 1269481472 },
    reference: { trainable: 23595475, total: 23648595, multiplyAdds: 1269481472 },
  },
  'WideResNet-GHOST': {
    inputSize: 60,
    corrected: { trainable: 159715, total: 161987, multiplyAdds: 85322432 },
    reference: { trainable: 156019, total: 157619, multiplyAdds: 82600832 },
  },
  'WideResNet-B4': {
    inputSize: 90,
    corrected: { trainable: 984299, total: 985947, multiplyAdds: 1088258952 },
    reference: { trainable: 984299, total: 985947, multiplyAdds: 1088258952 },
  },
  'WideResNet-COORD-B4': {
    inputSize: 90,
    corrected: { trainable: 994875, total: 996571, multiplyAdds: 1088758024 },
    reference: { trainable: 994875, total: 996571, multiplyAdds: 1088758024 },
  },
  'WideResNet-CBAM-B4': {
    inputSize: 90,
    corrected: { trainable: 993477, total: 995125, multiplyAdds: 1089319956 },
    reference: { trainable: 993477, total: 995125, multiplyAdds: 1089319956 },
  },
  'WideResNet-SE-B4': {
    inputSize: 90,
    corrected: { trainable: 993183, total: 994831, multiplyAdds: 1088267408 },
    reference: { trainable: 993183, total: 994831, multiplyAdds: 1088267408 },
  },
  'WideResNet-ECA-GHOST-B4': {
    inputSize: 90,
    corrected: { trainable: 503799, total: 507871, multiplyAdds: 560916934 },
    reference: { trainable: 497133, total: 499993, multiplyAdds: 549965356 },
  },
};
