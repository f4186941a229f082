// Written by `npm run sizes` in packages/model-zoo from the networks themselves; do not edit.
import type { ModelName } from './entries.js';
import type { ModelSizes } from './modelSizes.js';

/** Sizes of the named models for 10 bands and 19 classes. */
export const zooSizes: Readonly<Record<ModelName, ModelSizes>> = {
  DenseNet121: {
    inputSize: 120,
    corrected: { trainable: 6995283, total: 7078931, multiplyAdds: 857232384 },
    reference: { trainable: 6995283, total: 7078931, multiplyAdds: 857232384 },
  },
  DenseNet169: {
    inputSize: 120,
    corrected: { trainable: 12538067, total: 12696467, multiplyAdds: 976470912 },
    reference: { trainable: 12538067, total: 12696467, multiplyAdds: 976470912 },
  },
  DenseNet201: {
    inputSize: 120,
    corrected: { trainable: 18151379, total: 18380435, multiplyAdds: 1205884544 },
    reference: { trainable: 18151379, total: 18380435, multiplyAdds: 1205884544 },
  },
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
  VGG16: {
    inputSize: 120,
    corrected: { trainable: 14728467, total: 14728467, multiplyAdds: 4411082240 },
    reference: { trainable: 14728467, total: 14728467, multiplyAdds: 4411082240 },
  },
  VGG19: {
    inputSize: 120,
    corrected: { trainable: 20038163, total: 20038163, multiplyAdds: 5588370944 },
    reference: { trainable: 20038163, total: 20038163, multiplyAdds: 5588370944 },
  },
  'ViT/6': {
    inputSize: 120,
    corrected: { trainable: 55262931, total: 55262931, multiplyAdds: 981265408 },
    reference: { trainable: 55237395, total: 55237395, multiplyAdds: 981265408 },
  },
  'ViT/12': {
    inputSize: 120,
    corrected: { trainable: 15991251, total: 15991251, multiplyAdds: 130935808 },
    reference: { trainable: 15984915, total: 15984915, multiplyAdds: 130935808 },
  },
  'ViT/20': {
    inputSize: 120,
    corrected: { trainable: 7762387, total: 7762387, multiplyAdds: 44952576 },
    reference: { trainable: 7760147, total: 7760147, multiplyAdds: 44952576 },
  },
  'ViT/30': {
    inputSize: 120,
    corrected: { trainable: 5459667, total: 5459667, multiplyAdds: 24964096 },
    reference: { trainable: 5458707, total: 5458707, multiplyAdds: 24964096 },
  },
  'ViT/40': {
    inputSize: 120,
    corrected: { trainable: 4989715, total: 4989715, multiplyAdds: 18742272 },
    reference: { trainable: 4989203, total: 4989203, multiplyAdds: 18742272 },
  },
  'ViTM/20': {
    inputSize: 120,
    corrected: { trainable: 925331, total: 925331, multiplyAdds: 38118592 },
    reference: { trainable: 923091, total: 923091, multiplyAdds: 38118592 },
  },
  MLPMixer: {
    inputSize: 120,
    corrected: { trainable: 447171, total: 447171, multiplyAdds: 45468032 },
    reference: { trainable: 446723, total: 446723, multiplyAdds: 45468032 },
  },
  MLPMixer_Tiny: {
    inputSize: 120,
    corrected: { trainable: 136667, total: 136667, multiplyAdds: 12494016 },
    reference: { trainable: 136955, total: 136955, multiplyAdds: 12494016 },
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
  EfficientNetB0: {
    inputSize: 120,
    corrected: { trainable: 4033903, total: 4075919, multiplyAdds: 128471360 },
    reference: { trainable: 4033903, total: 4075919, multiplyAdds: 128471360 },
  },
  EfficientNetB1: {
    inputSize: 120,
    corrected: { trainable: 6539539, total: 6601587, multiplyAdds: 186826480 },
    reference: { trainable: 6539539, total: 6601587, multiplyAdds: 186826480 },
  },
  EfficientNetB2: {
    inputSize: 120,
    corrected: { trainable: 7729781, total: 7797349, multiplyAdds: 215323536 },
    reference: { trainable: 7729781, total: 7797349, multiplyAdds: 215323536 },
  },
  EfficientNetB3: {
    inputSize: 120,
    corrected: { trainable: 10727955, total: 10815251, multiplyAdds: 312914816 },
    reference: { trainable: 10727955, total: 10815251, multiplyAdds: 312914816 },
  },
  EfficientNetB4: {
    inputSize: 120,
    corrected: { trainable: 17585707, total: 17710907, multiplyAdds: 487852496 },
    reference: { trainable: 17585707, total: 17710907, multiplyAdds: 487852496 },
  },
  EfficientNetB5: {
    inputSize: 120,
    corrected: { trainable: 28382739, total: 28555475, multiplyAdds: 757895664 },
    reference: { trainable: 28382739, total: 28555475, multiplyAdds: 757895664 },
  },
  EfficientNetB6: {
    inputSize: 120,
    corrected: { trainable: 40783027, total: 41007459, multiplyAdds: 1079387904 },
    reference: { trainable: 40783027, total: 41007459, multiplyAdds: 1079387904 },
  },
  EfficientNetB7: {
    inputSize: 120,
    corrected: { trainable: 63839651, total: 64150371, multiplyAdds: 1658488672 },
    reference: { trainable: 63839651, total: 64150371, multiplyAdds: 1658488672 },
  },
  'EfficientNet-CBAM': {
    inputSize: 60,
    corrected: { trainable: 4348611, total: 4390627, multiplyAdds: 34358052 },
    reference: { trainable: 4370739, total: 4412819, multiplyAdds: 35279652 },
  },
  'EfficientNet-CBAM-GHOST': {
    inputSize: 60,
    corrected: { trainable: 3028667, total: 3070683, multiplyAdds: 23030700 },
    reference: { trainable: 3001971, total: 3054819, multiplyAdds: 22143588 },
  },
  'EfficientNet-COORD': {
    inputSize: 60,
    corrected: { trainable: 4127159, total: 4169775, multiplyAdds: 34833648 },
    reference: { trainable: 4149287, total: 4191967, multiplyAdds: 35755248 },
  },
  'EfficientNet-COORD-GHOST': {
    inputSize: 60,
    corrected: { trainable: 2807215, total: 2849831, multiplyAdds: 23506296 },
    reference: { trainable: 2780519, total: 2833967, multiplyAdds: 22619184 },
  },
  'EfficientNet-SE': {
    inputSize: 60,
    corrected: { trainable: 4347043, total: 4389059, multiplyAdds: 33261680 },
    reference: { trainable: 4369171, total: 4411251, multiplyAdds: 34183280 },
  },
  'EfficientNet-SE-GHOST': {
    inputSize: 60,
    corrected: { trainable: 3027099, total: 3069115, multiplyAdds: 21934328 },
    reference: { trainable: 3000403, total: 3053251, multiplyAdds: 21047216 },
  },
  'EfficientNet-ECA': {
    inputSize: 60,
    corrected: { trainable: 3397455, total: 3439471, multiplyAdds: 32366064 },
    reference: { trainable: 3419583, total: 3461663, multiplyAdds: 33287664 },
  },
  'EfficientNet-ECA-GHOST': {
    inputSize: 60,
    corrected: { trainable: 2077511, total: 2119527, multiplyAdds: 21038712 },
    reference: { trainable: 2050815, total: 2103663, multiplyAdds: 20151600 },
  },
  'EfficientNetB1-ECA': {
    inputSize: 60,
    corrected: { trainable: 5417031, total: 5479079, multiplyAdds: 47052912 },
    reference: { trainable: 5449479, total: 5511623, multiplyAdds: 48204912 },
  },
  'EfficientNetB2-ECA': {
    inputSize: 70,
    corrected: { trainable: 6400777, total: 6468345, multiplyAdds: 95363104 },
    reference: { trainable: 6435985, total: 6503649, multiplyAdds: 96931104 },
  },
  'EfficientNetB3-ECA': {
    inputSize: 80,
    corrected: { trainable: 8848381, total: 8935677, multiplyAdds: 145397040 },
    reference: { trainable: 8894397, total: 8981821, multiplyAdds: 148878640 },
  },
  'EfficientNetB4-ECA': {
    inputSize: 90,
    corrected: { trainable: 14439449, total: 14564649, multiplyAdds: 277060960 },
    reference: { trainable: 14505145, total: 14630489, multiplyAdds: 282892960 },
  },
  'EfficientNetB5-ECA': {
    inputSize: 100,
    corrected: { trainable: 23191099, total: 23363835, multiplyAdds: 635588064 },
    reference: { trainable: 23281211, total: 23454139, multiplyAdds: 644228064 },
  },
  'EfficientNetB6-ECA': {
    inputSize: 110,
    corrected: { trainable: 33249533, total: 33473965, multiplyAdds: 946333728 },
    reference: { trainable: 33367293, total: 33591965, multiplyAdds: 962015328 },
  },
  'EfficientNetB7-ECA': {
    inputSize: 120,
    corrected: { trainable: 51866901, total: 52177621, multiplyAdds: 1647022592 },
    reference: { trainable: 52029909, total: 52340949, multiplyAdds: 1672827392 },
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
  'K-Branch-2': {
    inputSize: 120,
    corrected: { trainable: 14859347, total: 14860627, multiplyAdds: 200713600 },
    reference: { trainable: 14859347, total: 14860627, multiplyAdds: 200713600 },
  },
  'K-Branch-2-resized': {
    inputSize: 120,
    corrected: { trainable: 36977747, total: 36979027, multiplyAdds: 316144000 },
    reference: { trainable: 36977747, total: 36979027, multiplyAdds: 316144000 },
  },
  'K-Branch-3': {
    inputSize: 120,
    corrected: { trainable: 16523251, total: 16524979, multiplyAdds: 205747584 },
    reference: { trainable: 16523251, total: 16524979, multiplyAdds: 205747584 },
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
  'EfficientNet-GHOST': {
    inputSize: 60,
    corrected: { trainable: 2077419, total: 2119435, multiplyAdds: 20994168 },
    reference: { trainable: 2050723, total: 2103571, multiplyAdds: 20107056 },
  },
};
