import { hypernetUnet, plainConvUnet, studentUnet } from '@lulc/cloud-unet-kd';
import { denseNet, kBranch, kBranchFromBands, resNet, vgg } from '@lulc/cnn-baselines';
import {
  cbam,
  classifier,
  conv2d,
  eca,
  feature,
  image,
  instanceNormalization,
  leakyRelu,
  pipe,
  relu,
} from '@lulc/core';
import { type Decoder, deepLabV3Plus, denseNetwork, segmenter, unetDecoder } from '@lulc/core/segmentation';
import { efficientNet, scaledEfficientNet } from '@lulc/efficientnet-scaler';
import { mlpMixer, visionTransformer } from '@lulc/vit-mlp-mixer';
import { scaledWRN, scaledWRNFromBands, wrnBackbone } from '@lulc/wrn-eca';
import { type LayersModel, layers, type SymbolicTensor, sequential, model as tfModel } from '@tensorflow/tfjs-layers';

const common = { classes: 5, bands: 3, seed: 1 } as const;

/** A small network of every kind that can be exported, by a name for the test. */
export const smallModels: Readonly<Record<string, () => LayersModel>> = {
  'wide ResNet': () => scaledWRN({ ...common, inputSize: 21, attention: 'none' }),
  'wide ResNet with ECA': () => scaledWRN({ ...common, inputSize: 20, task: 'single-label' }),
  'wide ResNet with SE and ghosts': () => scaledWRN({ ...common, inputSize: 17, attention: 'se', ghost: true }),
  'wide ResNet with CBAM, as published': () =>
    scaledWRN({ ...common, inputSize: 32, attention: 'cbam', ghost: 'as-coded', variant: 'reference' }),
  'wide ResNet with coordinate attention': () => scaledWRN({ ...common, inputSize: 18, attention: 'coord' }),
  'wide ResNet from bands': () =>
    scaledWRNFromBands(
      [
        { name: 'B02', size: 20 },
        { name: 'B03', size: 20 },
        { name: 'B05', size: 10 },
      ],
      { classes: 4, inputSize: 24, seed: 1, dropout: 0.2 },
    ),
  'K-Branch': () =>
    kBranch({ classes: 5, seed: 1, branches: 3, bands: ['B05', 'B02', 'B01', 'B03', 'B12'], inputSize: 24 }),
  'K-Branch from bands': () =>
    kBranchFromBands(
      [
        { name: 'B02', size: 12 },
        { name: 'B05', size: 6 },
        { name: 'B11', size: 5 },
      ],
      { classes: 4, inputSize: 12, seed: 1 },
    ),
  'vision transformer': () =>
    visionTransformer({ ...common, patch: 6, width: 16, layers: 2, heads: 2, keyDim: 8, headMlp: [16], inputSize: 26 }),
  'vision transformer, as published': () =>
    visionTransformer({
      ...common,
      patch: 6,
      width: 16,
      layers: 2,
      headMlp: [16],
      inputSize: 24,
      variant: 'reference',
    }),
  mixer: () => mlpMixer({ ...common, size: 'tiny', inputSize: 30 }),
  'mixer, as published': () => mlpMixer({ ...common, size: 'tiny', inputSize: 24, variant: 'reference' }),
  'DeepLabv3+': () => segmentation(deepLabV3Plus({ width: 16, rates: [1, 3] })),
  'DeepLabv3+ with half-pixel centres': () =>
    segmentation(deepLabV3Plus({ width: 16, rates: [2], alignCorners: false }), false),
  'U-Net': () => segmentation(unetDecoder({ widths: [8, 16] })),
  'U-Net with transposed convolutions': () =>
    segmentation(unetDecoder({ widths: [8, 16], upsampling: 'transposed' }), false, 24),
  'any image size': () => {
    const input = image({ shape: [null, null, 3], seed: 1 });
    const stem = pipe(
      conv2d({ filters: 6, kernelSize: 4, stride: 2 }),
      relu(),
      eca(),
      cbam(),
      conv2d({ filters: 6, kernelSize: 3 }),
    );
    const output = stem(input);
    return classifier({ name: 'open', input, output, features: [feature(output, 2)] }, { classes: 3 });
  },
  PlainConvUNet: () => plainConvUnet({ widths: [4, 6, 8], bands: 3, inputSize: [16, 24], seed: 1 }),
  'PlainConvUNet of nnU-Net v1 with the padding of TensorFlow': () =>
    plainConvUnet({ widths: [4, 6], bands: 3, classes: 3, inputSize: 16, seed: 1, version: 'v1', padding: 'same' }),
  'U-Net with mirrored edges': () => hypernetUnet({ widths: [3, 4], bands: 3, inputSize: 16, seed: 1 }),
  'student with batch norms': () =>
    studentUnet({ stages: 3, base: 4, norm: 'batch', upsampling: 'bilinear', bands: 3, inputSize: 16, seed: 1 }),
  'instance norm and leaky ReLU': () => {
    const input = image({ shape: [12, 10, 3], seed: 1 });
    const stem = pipe(conv2d({ filters: 6, kernelSize: 3, stride: 2 }), instanceNormalization(), leakyRelu());
    const output = stem(input);
    return classifier({ name: 'instances', input, output, features: [feature(output, 2)] }, { classes: 3 });
  },
  "TensorFlow.js' own layers": tensorflowLayers,
  'models within models': nestedModels,
};

/** Networks of the other families: as small as they can be, but not for the fast suite. */
export const largerModels: Readonly<Record<string, () => LayersModel>> = {
  ResNet18: () => resNet({ ...common, depth: 18, inputSize: 33 }),
  DenseNet: () => denseNet({ ...common, depth: 121, inputSize: 32 }),
  VGG: () => vgg({ ...common, inputSize: 33 }),
  EfficientNet: () => efficientNet({ ...common, size: 'B0', inputSize: 32 }),
  'scaled EfficientNet': () => scaledEfficientNet({ ...common, preset: 'B0', inputSize: 35 }),
  'scaled EfficientNet, as published': () =>
    scaledEfficientNet({ ...common, preset: 'B0', inputSize: 32, ghost: true, variant: 'reference' }),
};

/** A small wide ResNet with a decoder, closed into a segmentation model. */
function segmentation(decoder: Decoder, alignCorners = true, size = 22): LayersModel {
  const backbone = wrnBackbone(image({ shape: [size, size, 3], seed: 1 }));
  return segmenter(denseNetwork(backbone, decoder), { classes: 4, alignCorners });
}

type Pipe = (x: SymbolicTensor) => SymbolicTensor;

const apply =
  (...steps: layers.Layer[]): Pipe =>
  (x) =>
    steps.reduce((y, layer) => layer.apply(y) as SymbolicTensor, x);

/** One of each of the layers that TensorFlow.js has and this library's models have not. */
function tensorflowLayers(): LayersModel {
  const input = layers.inputLayer({ inputShape: [13, 10, 4], name: 'scene' });
  const x = (input as unknown as { inboundNodes: { outputTensors: SymbolicTensor[] }[] }).inboundNodes[0]
    .outputTensors[0];
  const convolved = apply(
    layers.separableConv2d({ filters: 6, kernelSize: 3, strides: 2, padding: 'same', activation: 'elu' }),
    layers.batchNormalization(),
    layers.leakyReLU({ alpha: 0.1 }),
    layers.upSampling2d({ size: [2, 3] }),
    layers.conv2d({ filters: 6, kernelSize: [2, 3], dilationRate: 2, padding: 'same', activation: 'swish' as 'elu' }),
    layers.prelu({ sharedAxes: [1, 2] }),
    layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
    layers.layerNormalization(),
  )(x);
  // TensorFlow.js frees a tensor too early that is given twice to one layer.
  const bounded = apply(layers.activation({ activation: 'tanh' }))(convolved);
  const merged = [
    layers.add().apply([convolved, bounded]),
    layers.multiply().apply([convolved, bounded]),
    layers.average().apply([convolved, bounded]),
    layers.maximum().apply([convolved, bounded]),
    layers.minimum().apply([convolved, apply(layers.activation({ activation: 'hardSigmoid' }))(convolved)]),
  ];
  const sequence = apply(
    layers.permute({ dims: [2, 1, 3] }),
    layers.reshape({ targetShape: [-1, 30] }),
    layers.conv1d({ filters: 8, kernelSize: 3, strides: 2, padding: 'same', activation: 'softsign' }),
    layers.maxPooling1d({ poolSize: 2 }),
    layers.averagePooling1d({ poolSize: 2, padding: 'same' }),
    layers.batchNormalization(),
    layers.dense({ units: 7, activation: 'softplus' }),
    layers.activation({ activation: 'selu' }),
    layers.activation({ activation: 'mish' as 'selu' }),
    layers.activation({ activation: 'gelu_new' as 'selu' }),
    layers.gaussianNoise({ stddev: 1 }),
  )(layers.concatenate().apply(merged as SymbolicTensor[]) as SymbolicTensor);
  const pooled = [layers.globalMaxPooling1d().apply(sequence), layers.globalAveragePooling1d().apply(sequence)];
  const output = apply(
    layers.batchNormalization(),
    layers.repeatVector({ n: 3 }),
    layers.dropout({ rate: 0.5 }),
    layers.flatten(),
    layers.dense({ units: 4, activation: 'logSoftmax' as 'selu' }),
  )(layers.concatenate().apply(pooled as SymbolicTensor[]) as SymbolicTensor);
  const early = apply(
    layers.softmax({ axis: -1 }),
    layers.cropping2D({
      cropping: [
        [1, 2],
        [0, 1],
      ],
    }),
  )(convolved);
  return tfModel({ inputs: x, outputs: [output, early], name: 'mixed' });
}

/** A model as a layer, applied twice, behind a sequence of layers. */
function nestedModels(): LayersModel {
  const stem = sequential({
    name: 'stem',
    layers: [
      layers.conv2d({ inputShape: [9, 9, 3], filters: 4, kernelSize: 3, name: 'stem_conv' }),
      layers.batchNormalization({ name: 'stem_bn' }),
    ],
  });
  const unit = sequential({
    name: 'unit',
    layers: [
      layers.conv2d({
        inputShape: [7, 7, 4],
        filters: 4,
        kernelSize: 3,
        padding: 'same',
        activation: 'relu',
        name: 'unit_conv',
      }),
    ],
  });
  const head = sequential({
    name: 'head',
    layers: [layers.flatten({ inputShape: [7, 7, 4], name: 'flat' }), layers.dense({ units: 2, name: 'out' })],
  });
  const outer = sequential({ layers: [stem], name: 'outer' });
  const once = unit.apply(outer.outputs[0]) as SymbolicTensor;
  const twice = unit.apply(once) as SymbolicTensor;
  return tfModel({ inputs: outer.inputs, outputs: head.apply(twice) as SymbolicTensor, name: 'nested' });
}
