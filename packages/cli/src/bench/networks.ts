import type { PretrainingMethod } from '@lulc/contrastive-ssl';
import { unknownName } from '@lulc/core';
import type { DeepLabOptions, DenseNetwork } from '@lulc/core/segmentation';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** Sizes of an EfficientNet. */
interface EfficientNetSizes {
  readonly stem: number;
  readonly stages: readonly {
    readonly kernelSize: number;
    readonly stride: number;
    readonly expansion: number;
    readonly width: number;
    readonly repeats: number;
  }[];
  readonly top: number;
}

/** A network in words, from which a peer in another language makes the same. */
export type NetworkDescription =
  | { readonly family: 'wrn-eca'; readonly widths: readonly number[]; readonly blocks: number }
  | { readonly family: 'resnet'; readonly block: 'basic' | 'bottleneck'; readonly blocks: readonly number[] }
  | { readonly family: 'densenet'; readonly blocks: readonly number[] }
  | { readonly family: 'vgg'; readonly convolutions: readonly number[] }
  | ({ readonly family: 'efficientnet' | 'scaled-efficientnet' } & EfficientNetSizes)
  | {
      readonly family: 'vit';
      readonly tokens: number;
      readonly patch: number;
      readonly width: number;
      readonly layers: number;
      readonly heads: number;
      readonly keyDim: number;
      readonly mlpHidden: number;
      readonly headMlp: readonly number[];
      readonly dropout: { readonly attention: number; readonly mlp: number; readonly head: number };
    }
  | {
      readonly family: 'mlp-mixer';
      readonly tokens: number;
      readonly patch: number;
      readonly width: number;
      readonly blocks: number;
      readonly tokenHidden: number;
      readonly channelHidden: number;
    }
  | { readonly family: 'unet'; readonly widths: readonly number[] }
  | { readonly family: 'plain-conv'; readonly widths: readonly number[]; readonly norm: 'batch' | 'instance' }
  | DenseDescription;

/** A residual network of bottlenecks with a decoder, and how it is pre-trained if it is. */
interface DenseDescription {
  readonly family: 'dense';
  readonly blocks: readonly number[];
  readonly outputStride: number;
  readonly decoder:
    | ({ readonly name: 'deeplabv3plus' } & Required<
        Pick<DeepLabOptions, 'rates' | 'width' | 'lowLevelWidth' | 'encodedDropout' | 'decodedDropout'>
      >)
    | { readonly name: 'unet'; readonly widths: readonly number[] };
  readonly contrast?: {
    readonly global: { readonly units: readonly number[]; readonly temperature: number } | null;
    readonly local: {
      readonly units: readonly number[];
      readonly linear?: number;
      readonly temperature: number;
      readonly regions: number;
      readonly pixels: number;
    };
  };
}

/** A network that can be measured. */
export interface BenchNetwork {
  /** Name, as given to `--models`. */
  readonly name: string;
  /**
   * What it learns from: labels of whole images (probabilities out); of their pixels, each class by itself (logits out) or
   * one class each (`masks`, probabilities out); or two views of every image, without labels (decoded map out).
   */
  readonly labels: 'scenes' | 'pixels' | 'masks' | 'views';
  /** Input bands. */
  readonly bands: number;
  /** Classes; 0 where there are no labels. */
  readonly classes: number;
  /** Height and width of the input unless told otherwise. */
  readonly size: number;
  /**
   * For peers.
   *
   * @param size height and width of the input in pixels
   */
  describe(size: number): NetworkDescription;
  /**
   * Builds it with random weights.
   *
   * @param size height and width of the input in pixels
   */
  build(size: number): LayersModel;
  /**
   * How it is pre-trained on two views, where it is.
   *
   * @param size height and width of the views in pixels
   */
  pretraining?(size: number): { readonly method: PretrainingMethod; readonly network: () => DenseNetwork };
}

/** Bands and classes of BigEarthNet. */
const scenes = { labels: 'scenes', bands: 10, classes: 19 } as const;

/** Channels of the measured U-Net: the recommended on-board cloud mask. */
const unetWidths = [8, 16, 32, 64];

/** A network for scenes, as a family's package knows it. */
interface SceneNetwork {
  readonly name: string;
  readonly inputSize: number;
  describe(size: number): NetworkDescription;
  build(options: { inputSize: number; bands: number; classes: number; seed: number }): LayersModel;
}

type Making = () => Promise<BenchNetwork>;

/** A ResNet50 in torchvision's style with a decoder, as dense networks are measured; four bands. */
async function denseResNet({ outputStride, decoder }: DenseDescription): Promise<(size: number) => DenseNetwork> {
  const [{ resNetBackbone }, { image }, segmentation] = await Promise.all([
    import('@lulc/cnn-baselines'),
    import('@lulc/core'),
    import('@lulc/core/segmentation'),
  ]);
  const { deepLabV3Plus, denseNetwork, unetDecoder } = segmentation;
  const options = { depth: 50, style: 'torchvision', outputStride: outputStride as 16 | 32 } as const;
  return (size) =>
    denseNetwork(
      resNetBackbone(image({ shape: [size, size, denseBands], seed: 1 }), options),
      decoder.name === 'unet' ? unetDecoder({ ...decoder, resolution: 'input' }) : deepLabV3Plus(decoder),
    );
}

const denseBands = 4;
const blocksOf50 = [3, 4, 6, 3];

/** DeepLabv3+ as GLCNet has it. */
const deepLab = (encodedDropout: number, decodedDropout: readonly [number, number]) =>
  ({
    family: 'dense',
    blocks: blocksOf50,
    outputStride: 16,
    decoder: {
      name: 'deeplabv3plus',
      rates: [6, 12, 18],
      width: 256,
      lowLevelWidth: 48,
      encodedDropout,
      decodedDropout,
    },
  }) as const satisfies DenseDescription;

/** A network that is pre-trained on two views. */
async function onViews(
  name: string,
  size: number,
  describe: (size: number) => DenseDescription,
  method: PretrainingMethod,
): Promise<BenchNetwork> {
  const description = describe(size);
  const [network, { model }] = await Promise.all([denseResNet(description), import('@tensorflow/tfjs-layers')]);
  return {
    name,
    labels: 'views',
    bands: denseBands,
    classes: 0,
    size,
    describe,
    build: (pixels) => {
      const { backbone, decoded } = network(pixels);
      return model({ inputs: backbone.input, outputs: decoded, name });
    },
    pretraining: (pixels) => ({ method, network: () => network(pixels) }),
  };
}

/** The makings of a family's networks: their names, and what loads the family and resolves one. */
function family<Size>(
  nameOf: (size: Size) => string,
  sizes: readonly Size[],
  resolve: (size: Size) => Promise<SceneNetwork>,
): [string, Making][] {
  return sizes.map((size) => [
    nameOf(size),
    async () => {
      const { name, inputSize, describe, build } = await resolve(size);
      const { bands, classes } = scenes;
      return {
        ...scenes,
        name,
        describe,
        size: inputSize,
        build: (pixels) => build({ inputSize: pixels, bands, classes, seed: 1 }),
      };
    },
  ]);
}

/** A U-Net of nnU-Net, for masks of clouds. */
function plainConv(
  name: string,
  size: number,
  widths: readonly number[],
  norm: 'batch' | 'instance',
): [string, Making] {
  const classes = 2;
  const make: Making = async () => {
    const { plainConvUnet } = await import('@lulc/cloud-unet-kd');
    return {
      name,
      labels: 'masks',
      bands: denseBands,
      classes,
      size,
      describe: () => ({ family: 'plain-conv', widths, norm }),
      build: (inputSize) => plainConvUnet({ bands: denseBands, classes, inputSize, widths, norm, seed: 1 }),
    };
  };
  return [name, make];
}

const scaledSizes = ['B0', 'B1', 'B2', 'B3', 'B4', 'B5', 'B6', 'B7'] as const;

const efficientNetSizes = ({ stem, stages, top }: EfficientNetSizes): EfficientNetSizes => ({ stem, stages, top });

/** What makes each network, by name; a family is loaded when one of its networks is asked for. */
const makings: Readonly<Record<string, Making>> = Object.fromEntries<Making>([
  ...family(
    (preset) => `wrn-${preset.toLowerCase()}-eca`,
    scaledSizes,
    async (preset) => {
      const { resolveWrn, scaledWRN } = await import('@lulc/wrn-eca');
      const { widths, blocksPerStage, inputSize, name } = resolveWrn({ preset });
      return {
        name,
        inputSize,
        describe: () => ({ family: 'wrn-eca', widths, blocks: blocksPerStage }),
        build: (options) => scaledWRN({ preset, ...options }),
      };
    },
  ),
  ...family(
    (depth) => `resnet${depth}`,
    [18, 50, 101, 152] as const,
    async (depth) => {
      const { resNet, resolveResNet } = await import('@lulc/cnn-baselines');
      const { block, blocks, inputSize, name } = resolveResNet({ depth });
      return {
        name,
        inputSize,
        describe: () => ({ family: 'resnet', block, blocks }),
        build: (options) => resNet({ depth, ...options }),
      };
    },
  ),
  ...family(
    (depth) => `densenet${depth}`,
    [121, 169, 201] as const,
    async (depth) => {
      const { denseNet, resolveDenseNet } = await import('@lulc/cnn-baselines');
      const { blocks, inputSize, name } = resolveDenseNet({ depth });
      return {
        name,
        inputSize,
        describe: () => ({ family: 'densenet', blocks }),
        build: (options) => denseNet({ depth, ...options }),
      };
    },
  ),
  ...family(
    (depth) => `vgg${depth}`,
    [16, 19] as const,
    async (depth) => {
      const { resolveVgg, vgg } = await import('@lulc/cnn-baselines');
      const { convolutions, inputSize, name } = resolveVgg({ depth });
      return {
        name,
        inputSize,
        describe: () => ({ family: 'vgg', convolutions }),
        build: (options) => vgg({ depth, ...options }),
      };
    },
  ),
  ...family(
    (size) => `efficientnet-${size.toLowerCase()}`,
    scaledSizes,
    async (size) => {
      const { efficientNet, resolveEfficientNet } = await import('@lulc/efficientnet-scaler');
      const { shape, name } = resolveEfficientNet({ size });
      return {
        name,
        inputSize: shape.inputSize,
        describe: () => ({ family: 'efficientnet', ...efficientNetSizes(shape) }),
        build: (options) => efficientNet({ size, ...options }),
      };
    },
  ),
  ...family(
    (preset) => `scaled-efficientnet-${preset.toLowerCase()}-eca`,
    scaledSizes,
    async (preset) => {
      const { resolveScaledEfficientNet, scaledEfficientNet } = await import('@lulc/efficientnet-scaler');
      const { shape, name } = resolveScaledEfficientNet({ preset });
      return {
        name,
        inputSize: shape.inputSize,
        describe: () => ({ family: 'scaled-efficientnet', ...efficientNetSizes(shape) }),
        build: (options) => scaledEfficientNet({ preset, ...options }),
      };
    },
  ),
  ...family(
    (patch) => `vit-${patch}`,
    [6, 12, 20, 30, 40],
    async (patch) => {
      const { resolveVit, visionTransformer } = await import('@lulc/vit-mlp-mixer');
      const { name, inputSize, width, layers, heads, keyDim, mlpHidden, headMlp, ...rates } = resolveVit({ patch });
      const dropout = { attention: rates.attentionDropout, mlp: rates.mlpDropout, head: rates.headDropout };
      const sizes = { patch, width, layers, heads, keyDim, mlpHidden, headMlp, dropout };
      return {
        name,
        inputSize,
        describe: (size) => ({ family: 'vit', tokens: Math.floor(size / patch) ** 2, ...sizes }),
        build: (options) => visionTransformer({ patch, ...options }),
      };
    },
  ),
  ...family(
    (size) => `mlp-mixer-${size}`,
    ['base', 'tiny'] as const,
    async (size) => {
      const { mlpMixer, resolveMixer } = await import('@lulc/vit-mlp-mixer');
      const { name, inputSize, patch, width, blocks, tokenHidden, channelHidden } = resolveMixer({ size });
      const sizes = { patch, width, blocks, tokenHidden, channelHidden };
      return {
        name,
        inputSize,
        describe: (pixels) => ({ family: 'mlp-mixer', tokens: Math.ceil(pixels / patch) ** 2, ...sizes }),
        build: (options) => mlpMixer({ size, ...options }),
      };
    },
  ),
  [
    'unet',
    async () => {
      const { plainUnet } = await import('../models/plainUnet.js');
      const [bands, classes] = [4, 1];
      return {
        name: 'unet',
        labels: 'pixels',
        bands,
        classes,
        size: 256,
        describe: () => ({ family: 'unet', widths: unetWidths }),
        build: (inputSize) => plainUnet({ bands, classes, inputSize, widths: unetWidths, seed: 1 }),
      };
    },
  ],
  plainConv('unet-teacher', 256, [16, 32, 64, 128, 256], 'instance'),
  plainConv('unet-student', 512, [8, 16, 32, 64], 'instance'),
  plainConv('unet-student-batchnorm', 512, [8, 16, 32, 64], 'batch'),
  [
    'deeplabv3plus-resnet50',
    async () => {
      const { segmenter } = await import('@lulc/core/segmentation');
      const [description, classes] = [deepLab(0, [0.5, 0.1]), 6];
      const network = await denseResNet(description);
      return {
        name: 'deeplabv3plus-resnet50',
        labels: 'masks',
        bands: denseBands,
        classes,
        size: 256,
        describe: () => description,
        build: (size) => segmenter(network(size), { classes }),
      };
    },
  ],
  [
    'glcnet-resnet50',
    async () => {
      const { glcNet } = await import('@lulc/contrastive-ssl');
      const [temperature, regions, regionSize] = [0.5, 4, 48 / 224];
      const contrast = (size: number) => ({
        global: { units: [256, 64], temperature },
        local: { units: [64, 64], linear: 64, temperature, regions, pixels: Math.round(regionSize * size) },
      });
      const method = glcNet({ temperature, regions, regionSize, negatives: 'all' });
      const describe = (size: number) => ({ ...deepLab(0.5, [0, 0]), contrast: contrast(size) });
      return onViews('glcnet-resnet50', 224, describe, method);
    },
  ],
  [
    'embedding-earth-resnet50',
    async () => {
      const { embeddingEarth } = await import('@lulc/contrastive-ssl');
      const widths = [32, 64, 128, 256];
      const [temperature, regions, projection] = [0.2, 128, 64];
      const contrast = {
        global: null,
        local: { units: [widths[0], projection], temperature, regions, pixels: 1 },
      };
      const decoder = { name: 'unet', widths } as const;
      const description = { family: 'dense', blocks: blocksOf50, outputStride: 32, decoder, contrast } as const;
      const method = embeddingEarth({ pixels: regions, temperature, projection, negatives: 'all' });
      return onViews('embedding-earth-resnet50', 128, () => description, method);
    },
  ],
]);

/** Names of all networks. */
export const benchNetworkNames: readonly string[] = Object.keys(makings);

/** One network of each family for scenes, the smallest of the wide ResNets, and a small one for pixels. */
export const defaultBenchNetworks: readonly string[] = [
  'wrn-b0-eca',
  'wrn-b4-eca',
  'resnet50',
  'densenet121',
  'vgg16',
  'efficientnet-b0',
  'scaled-efficientnet-b0-eca',
  'vit-20',
  'mlp-mixer-base',
  'unet',
];

/**
 * A network by name.
 *
 * @throws LulcError `unknown-name`
 */
export async function benchNetwork(name: string): Promise<BenchNetwork> {
  if (!Object.hasOwn(makings, name)) throw unknownName('network', name, benchNetworkNames, { option: 'models' });
  return makings[name]();
}
