import { countOperations, readCard, useEngine } from '@lulc/core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createFromCard,
  createModel,
  listModels,
  type ModelName,
  modelInfo,
  modelNames,
  recipeOptions,
  recipes,
} from '../index.js';

beforeAll(() => useEngine('cpu'));

const refusal = async (run: () => unknown): Promise<unknown> => {
  try {
    await run();
  } catch (error) {
    return error;
  }
  return undefined;
};

/** Trainable weights of the published networks with 10 bands and 19 classes (benchmark specification 1.7). */
const published: Readonly<Record<string, number>> = {
  DenseNet121: 6_995_283,
  DenseNet169: 12_538_067,
  DenseNet201: 18_151_379,
  ResNet50: 23_595_475,
  ResNet101: 42_613_715,
  ResNet152: 58_280_403,
  VGG16: 14_728_467,
  VGG19: 20_038_163,
  'ViT/6': 55_237_395,
  'ViT/12': 15_984_915,
  'ViT/20': 7_760_147,
  'ViT/30': 5_458_707,
  'ViT/40': 4_989_203,
  MLPMixer: 446_723,
  MLPMixer_Tiny: 136_955,
  WideResNet: 305_875,
  'WideResNet-COORD': 311_771,
  'WideResNet-CBAM': 309_095,
  'WideResNet-CBAM-Ghost': 159_239,
  'WideResNet-COORD-Ghost': 161_915,
  'WideResNet-SE': 308_801,
  'WideResNet-SE-Ghost': 158_945,
  'WideResNet-ECA': 305_889,
  'WideResNet-ECA-GHOST': 156_033,
  'WideResNet-ECA-B1': 372_357,
  'WideResNet-ECA-B2': 432_105,
  'WideResNet-ECA-B3': 589_053,
  'WideResNet-ECA-B4': 984_313,
  'WideResNet-ECA-B5': 5_160_363,
  'WideResNet-ECA-B6': 7_274_855,
  'WideResNet-ECA-B7': 14_057_623,
  EfficientNetB0: 4_033_903,
  EfficientNetB1: 6_539_539,
  EfficientNetB2: 7_729_781,
  EfficientNetB3: 10_727_955,
  EfficientNetB4: 17_585_707,
  EfficientNetB5: 28_382_739,
  EfficientNetB6: 40_783_027,
  EfficientNetB7: 63_839_651,
  'EfficientNet-CBAM': 4_370_739,
  'EfficientNet-CBAM-GHOST': 3_001_971,
  'EfficientNet-COORD': 4_149_287,
  'EfficientNet-COORD-GHOST': 2_780_519,
  'EfficientNet-SE': 4_369_171,
  'EfficientNet-SE-GHOST': 3_000_403,
  'EfficientNet-ECA': 3_419_583,
  'EfficientNet-ECA-GHOST': 2_050_815,
  'EfficientNetB1-ECA': 5_449_479,
  'EfficientNetB2-ECA': 6_435_985,
  'EfficientNetB3-ECA': 8_894_397,
  'EfficientNetB4-ECA': 14_505_145,
  'EfficientNetB5-ECA': 23_281_211,
  'EfficientNetB6-ECA': 33_367_293,
  'EfficientNetB7-ECA': 52_029_909,
};

/** Further counts of the specification (1.7): networks that the published zoo has not. */
const unpublished: Readonly<Record<string, number>> = {
  'K-Branch-2': 14_859_347,
  'K-Branch-2-resized': 36_977_747,
  'K-Branch-3': 16_523_251,
  'WideResNet-GHOST': 156_019,
  'WideResNet-SE-B4': 993_183,
  'WideResNet-CBAM-B4': 993_477,
  'WideResNet-COORD-B4': 994_875,
  'WideResNet-B4': 984_299,
  'WideResNet-ECA-GHOST-B4': 497_133,
};

/** Counts of the specification for the corrected variant, where they differ. */
const corrected: Readonly<Record<string, number>> = {
  'WideResNet-GHOST': 159_715,
  'WideResNet-SE-Ghost': 162_641,
  'WideResNet-CBAM-Ghost': 162_935,
  'WideResNet-COORD-Ghost': 165_611,
  'WideResNet-ECA-GHOST': 159_729,
  'ViT/6': 55_262_931,
  'ViT/12': 15_991_251,
  'ViT/20': 7_762_387,
  'ViT/30': 5_459_667,
  'ViT/40': 4_989_715,
  MLPMixer: 447_171,
  MLPMixer_Tiny: 136_667,
};

describe('the list', () => {
  it('has every published name with the published number of weights', () => {
    const listed = listModels({ published: true });
    const trainable = listed.map(({ name, sizes }) => [name, sizes.reference.trainable] as const);
    // ViTM/20 was published by name only, so that no number is known.
    expect(Object.fromEntries(trainable.filter(([name]) => name !== 'ViTM/20'))).toEqual(published);
    expect(listed).toHaveLength(55);
  });

  it('has ours, and says that they are', () => {
    const listed = listModels({ published: false });
    expect(listed.every(({ notes }) => notes.includes('Not in the published zoo'))).toBe(true);
    for (const [name, parameters] of Object.entries(unpublished)) {
      expect(modelInfo(name).sizes.reference.trainable, name).toBe(parameters);
    }
    expect(modelNames).toHaveLength(55 + listed.length);
  });

  it('states the default variant where it differs', () => {
    for (const [name, parameters] of Object.entries(corrected)) {
      expect(modelInfo(name).parameters, name).toBe(parameters);
    }
  });

  it('names each model once, in whatever spelling', () => {
    const all = listModels().flatMap(({ name, aliases }) => [name, ...aliases]);
    expect(new Set(all.map((name) => name.toLowerCase())).size).toBe(all.length);
    for (const { name, aliases } of listModels()) {
      for (const spelling of [name, ...aliases]) {
        expect(modelInfo(spelling).name).toBe(name);
        expect(modelInfo(spelling.toUpperCase()).name).toBe(name);
      }
    }
  });

  it('says which archives are published twice', () => {
    const twice = listModels().filter(({ archiveOf }) => archiveOf !== undefined);
    expect(twice.map(({ name, archiveOf }) => [name, archiveOf])).toEqual([
      ['WideResNet-COORD-Ghost', 'WideResNet-CBAM-Ghost'],
      ['EfficientNetB2', 'EfficientNetB1'],
    ]);
    for (const { archiveOf } of twice) expect(modelNames).toContain(archiveOf);
  });
});

describe('names', () => {
  it.each([
    ['wrn-b4-eca', 'WideResNet-ECA-B4'],
    ['wide resnet eca b4', 'WideResNet-ECA-B4'],
    ['WIDERESNET_ECA', 'WideResNet-ECA'],
    ['resnet50', 'ResNet50'],
    ['resnet-50', 'ResNet50'],
    ['resnet_50', 'ResNet_50'],
    ['DenseNet161', 'DenseNet169'],
    ['vit-20', 'ViT/20'],
    ['vitm20', 'ViTM/20'],
    ['mlpmixer tiny', 'MLPMixer_Tiny'],
    ['efficientnet-b0', 'EfficientNetB0'],
    ['EfficientNet', 'EfficientNet-ECA-GHOST'],
  ])('%s means %s', (spelling, name) => expect(modelInfo(spelling).name).toBe(name));

  it('that nobody has get the nearest', async () => {
    expect(() => modelInfo('WideResNet-ECCA-B4')).toThrow(/Did you mean 'WideResNet-ECA-B4'/);
    expect(await refusal(() => createModel('resnet-51'))).toMatchObject({ code: 'unknown-name' });
  });
});

describe('the filter', () => {
  it('takes families, bounds, attention and text', () => {
    const names = (...args: Parameters<typeof listModels>): ModelName[] => listModels(...args).map(({ name }) => name);
    expect(names({ family: 'resnet', published: true })).toEqual(['ResNet50', 'ResNet101', 'ResNet152']);
    expect(names({ search: 'ghost', attention: 'coord' })).toEqual([
      'WideResNet-COORD-Ghost',
      'EfficientNet-COORD-GHOST',
    ]);
    expect(names({ family: 'wrn-eca', parameters: { min: 5_160_363, max: 8e6 } })).toEqual([
      'WideResNet-ECA-B5',
      'WideResNet-ECA-B6',
    ]);
    expect(names({ family: 'wrn-eca', inputSize: { min: 120 } })).toEqual(['WideResNet-ECA-B7']);
    const limit = modelInfo('ResNet50').gflops;
    expect(names({ gflops: { max: limit } })).toContain('ResNet50');
    expect(names({ gflops: { max: limit * 0.999 } })).not.toContain('ResNet50');
    expect(names({ ghost: true })).toEqual(names().filter((name) => /ghost/i.test(name)));
    expect(() => listModels({ family: 'renset' as 'resnet' })).toThrow(/Did you mean 'resnet'/);
  });
});

describe('createModel', () => {
  it('takes bands, classes, task, input size, seed and options of the family', async () => {
    const model = await createModel('wideresnet-eca', {
      bands: ['B04', 'B03'],
      classes: ['Forest', 'River'],
      task: 'single-label',
      inputSize: 24,
      seed: 7,
      headDropout: 0.2,
    });
    expect(readCard(model)).toMatchObject({
      family: 'wrn-eca',
      bands: ['B04', 'B03'],
      classes: ['Forest', 'River'],
      task: 'single-label',
      inputSize: [24, 24],
      configuration: { preset: 'B0', variant: 'corrected', seed: 7, headDropout: 0.2 },
    });
    const wide = await createModel('WideResNet-ECA', { preset: 'B1', inputSize: 24, bands: 2 });
    expect(readCard(wide)?.configuration.preset).toBe('B1');
    model.dispose();
    wide.dispose();
  });

  it('makes the published network when asked to', async () => {
    const model = await createModel('WideResNet-ECA', { variant: 'reference', inputSize: undefined });
    expect(readCard(model)?.configuration.variant).toBe('reference');
    expect(model.inputs[0].shape).toEqual([null, 60, 60, 10]);
    model.dispose();
  });

  it('refuses what the builder refuses', async () => {
    expect(await refusal(() => createModel('ResNet50', { inputSize: 2 }))).toMatchObject({ code: 'invalid-argument' });
  });
});

describe('createFromCard', () => {
  it('makes the same network, or one for other data', async () => {
    const small = { bands: 3, classes: 2, inputSize: 16 } as const;
    const model = await createModel('ResNet18', { ...small, seed: 3 });
    const card = readCard(model)!;
    const same = await createFromCard(card);
    expect(same.toJSON(null, false)).toEqual(model.toJSON(null, false));
    const other = await createFromCard(card, { bands: ['B08'], classes: 5, inputSize: 20, task: 'single-label' });
    expect([other.inputs[0].shape, other.outputs[0].shape]).toEqual([
      [null, 20, 20, 1],
      [null, 5],
    ]);
    for (const each of [model, same, other]) each.dispose();
    expect(await refusal(() => createFromCard({ ...card, family: 'resnett' }))).toMatchObject({ code: 'unknown-name' });
  });
});

describe('multiply-adds', () => {
  /**
   * Sums over the convolutions and the dense layer of torchvision's networks at 224×224×3 with 1000 classes, stride moved
   * to the first convolution of a bottleneck as here (He et al. 2016, table 1, say 3.8e9, 7.6e9 and 11.3e9).
   */
  it.each([
    ['ResNet18', 1_814_073_344],
    ['ResNet50', 3_857_973_248],
    ['EfficientNetB0', 385_814_752],
    ['DenseNet121', 2_834_161_664],
  ])('of %s are those counted in torchvision', async (name, expected) => {
    const model = await createModel(name, { inputSize: 224, bands: 3, classes: 1000 });
    expect(countOperations(model).multiplyAdds).toBe(expected);
    model.dispose();
  });
});

describe('recipes', () => {
  it('are the published ones, as training options', () => {
    expect(recipeOptions(recipes.head)).toMatchObject({
      epochs: 30,
      learningRate: 1e-4,
      accumulate: 1,
      restoreBest: false,
      schedule: { name: 'step', every: 24, factor: 0.1, per: 'epoch' },
      loss: { name: 'bce', labelSmoothing: 0 },
    });
    const four = recipeOptions(recipes.zoo, 4);
    expect([four.learningRate, four.accumulate]).toEqual([4e-4, 4]);
    expect(recipeOptions(recipes.zoo, 2).accumulate).toBe(1);
    expect(modelInfo('ResNet50').recipes.zoo).toMatchObject({ batchSize: 100, decayEpochs: 27 });
  });
});
