import { useEngine } from '@lulc/core';
import { beforeAll } from 'vitest';
import { zooContract } from './contract.js';

/** One model of each structure, on WebAssembly unless `LULC_ENGINE` names another engine. */
beforeAll(() => useEngine(process.env.LULC_ENGINE ? 'auto' : 'wasm'));

zooContract([
  'DenseNet121',
  'ResNet18',
  'VGG16',
  'K-Branch-3',
  'ViT/40',
  'ViTM/20',
  'MLPMixer_Tiny',
  'WideResNet-ECA',
  'WideResNet-COORD-Ghost',
  'EfficientNetB0',
  'EfficientNet-CBAM-GHOST',
]);
