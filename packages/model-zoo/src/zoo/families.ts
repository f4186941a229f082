import type { DenseNetOptions, KBranchOptions, ResNetOptions, VggOptions } from '@lulc/cnn-baselines';
import { type ClassifierFamily, unknownName } from '@lulc/core';
import type { EfficientNetOptions, ScaledEfficientNetOptions } from '@lulc/efficientnet-scaler';
import type { MixerOptions, VitOptions } from '@lulc/vit-mlp-mixer';
import type { ScaledWRNOptions } from '@lulc/wrn-eca';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** The options of each family's builder, by the name that the family has in model cards. */
export interface FamilyOptions {
  /** Densely connected networks. */
  densenet: DenseNetOptions;
  /** Residual networks. */
  resnet: ResNetOptions;
  /** Plain deep networks. */
  vgg: VggOptions;
  /** One small network per resolution, joined. */
  'k-branch': KBranchOptions;
  /** Vision transformers. */
  vit: VitOptions;
  /** MLP-Mixers. */
  'mlp-mixer': MixerOptions;
  /** Scaled wide residual networks. */
  'wrn-eca': ScaledWRNOptions;
  /** Keras' EfficientNets. */
  efficientnet: EfficientNetOptions;
  /** The benchmark's own EfficientNets. */
  'scaled-efficientnet': ScaledEfficientNetOptions;
}

/** A family of models. */
export type FamilyName = keyof FamilyOptions;

/** What is known of a family without loading it. */
export interface Family<Name extends FamilyName = FamilyName> {
  /** One sentence. */
  readonly summary: string;
  /** The papers that it comes from. */
  readonly papers: readonly string[];
  /** Whether its builder has `variant: 'corrected' | 'reference'`; the networks of the others have no quirks to correct. */
  readonly hasVariants: boolean;
  /** Loads the package with its builder. */
  load(): Promise<(options: FamilyOptions[Name]) => LayersModel>;
  /** Loads what builds its network without a head; absent where that ends in a vector instead of a map. */
  loadEncoder?(): Promise<ClassifierFamily<FamilyOptions[Name]>>;
}

/** All families, in the order in which models are listed. */
export const families: { readonly [Name in FamilyName]: Family<Name> } = {
  densenet: {
    summary: 'Densely connected networks.',
    papers: ['Huang et al. 2017, arXiv:1608.06993'],
    hasVariants: false,
    load: async () => (await import('@lulc/cnn-baselines')).denseNet,
    loadEncoder: async () => (await import('@lulc/cnn-baselines')).denseNetFamily,
  },
  resnet: {
    summary: 'Residual networks.',
    papers: ['He et al. 2016, arXiv:1512.03385'],
    hasVariants: false,
    load: async () => (await import('@lulc/cnn-baselines')).resNet,
    loadEncoder: async () => (await import('@lulc/cnn-baselines')).resNetFamily,
  },
  vgg: {
    summary: 'Plain deep networks of 3×3 convolutions.',
    papers: ['Simonyan & Zisserman 2015, arXiv:1409.1556'],
    hasVariants: false,
    load: async () => (await import('@lulc/cnn-baselines')).vgg,
    loadEncoder: async () => (await import('@lulc/cnn-baselines')).vggFamily,
  },
  'k-branch': {
    summary: 'One small convolutional network for the bands of each resolution, joined.',
    papers: ['Sumbul & Demir 2019, arXiv:1902.11274'],
    hasVariants: false,
    load: async () => (await import('@lulc/cnn-baselines')).kBranch,
  },
  vit: {
    summary: 'Vision transformers.',
    papers: ['Dosovitskiy et al. 2021, arXiv:2010.11929'],
    hasVariants: true,
    load: async () => (await import('@lulc/vit-mlp-mixer')).visionTransformer,
    loadEncoder: async () => (await import('@lulc/vit-mlp-mixer')).vitFamily,
  },
  'mlp-mixer': {
    summary: 'MLP-Mixers.',
    papers: ['Tolstikhin et al. 2021, arXiv:2105.01601'],
    hasVariants: true,
    load: async () => (await import('@lulc/vit-mlp-mixer')).mlpMixer,
    loadEncoder: async () => (await import('@lulc/vit-mlp-mixer')).mixerFamily,
  },
  'wrn-eca': {
    summary: "Scaled wide residual networks with efficient channel attention: the benchmark's own.",
    papers: [
      'Papoutsis et al. 2023, Benchmarking and scaling of deep learning models for land cover image classification',
      'Zagoruyko & Komodakis 2016, arXiv:1605.07146',
      'Wang et al. 2020, arXiv:1910.03151',
    ],
    hasVariants: true,
    load: async () => (await import('@lulc/wrn-eca')).scaledWRN,
    loadEncoder: async () => (await import('@lulc/wrn-eca')).wrnFamily,
  },
  efficientnet: {
    summary: 'EfficientNets as Keras has them.',
    papers: ['Tan & Le 2019, arXiv:1905.11946'],
    hasVariants: true,
    load: async () => (await import('@lulc/efficientnet-scaler')).efficientNet,
    loadEncoder: async () => (await import('@lulc/efficientnet-scaler')).efficientNetFamily,
  },
  'scaled-efficientnet': {
    summary: "The benchmark's own EfficientNets, with attention and ghost convolutions.",
    papers: ['Tan & Le 2019, arXiv:1905.11946'],
    hasVariants: true,
    load: async () => (await import('@lulc/efficientnet-scaler')).scaledEfficientNet,
    loadEncoder: async () => (await import('@lulc/efficientnet-scaler')).scaledEfficientNetFamily,
  },
};

/** Names of all families. */
export const familyNames = Object.keys(families) as readonly FamilyName[];

/**
 * Loads a family and builds one of its models, which need not be in the zoo.
 *
 * @param name a family, see `familyNames`
 * @param options what its builder takes
 * @returns the model with its card
 * @throws LulcError `unknown-name` for a family that there is not, and what the family's builder throws
 * @example
 * ```ts
 * import { useEngine } from '@lulc/core';
 * import { buildFamily } from '@lulc/model-zoo';
 *
 * await useEngine('auto');
 * const model = await buildFamily('resnet', { depth: 18, inputSize: 64, bands: 3, classes: 10 });
 * console.log(model.outputs[0].shape); // [null, 10]
 * ```
 */
export async function buildFamily<Name extends FamilyName>(
  name: Name,
  options: FamilyOptions[Name],
): Promise<LayersModel> {
  if (!Object.hasOwn(families, name)) throw unknownName('model family', name, familyNames, { option: 'family' });
  const build = await families[name].load();
  return build(options);
}
