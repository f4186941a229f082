import type { ModelCard } from '@lulc/core';
import type { NameRule } from './template.js';

/** How a tool calls the weights of one family. */
export interface NameTable {
  /** Layers. */
  readonly layers: readonly NameRule[];
  /** Weights that belong to no layer of the tool, by their full name. */
  readonly weights?: readonly NameRule[];
  /** Layers that the network here does not have, such as the hidden layers of another head. */
  readonly without?: readonly NameRule[];
}

/** Families of this library that other tools have too, by their name in model cards. */
export type SharedFamily = 'resnet' | 'densenet' | 'vgg' | 'efficientnet' | 'vit' | 'mlp-mixer' | 'segmenter';

/** The tables of one tool. */
export type ToolNames = { readonly [family in SharedFamily]?: NameTable };

const resNetOfTorch: NameTable = {
  layers: [
    ['conv1', 'stem/conv'],
    ['bn1', 'stem/bn'],
    ['layer{s}.{b}.conv{i}', 'stage{s}/block{b+1}/conv{i}'],
    ['layer{s}.{b}.bn{i}', 'stage{s}/block{b+1}/bn{i}'],
    ['layer{s}.{b}.downsample.0', 'stage{s}/block{b+1}/skip/conv'],
    ['layer{s}.{b}.downsample.1', 'stage{s}/block{b+1}/skip/bn'],
    ['fc', 'head'],
  ],
};

const denseNetOfTorch: NameTable = {
  layers: [
    ['features.conv0', 'stem/conv'],
    ['features.norm0', 'stem/bn'],
    ['features.denseblock{s}.denselayer{b}.norm{i}', 'stage{s}/block{b}/bn{i}'],
    ['features.denseblock{s}.denselayer{b}.conv{i}', 'stage{s}/block{b}/conv{i}'],
    ['features.transition{s}.norm', 'transition{s}/bn'],
    ['features.transition{s}.conv', 'transition{s}/conv'],
    ['features.norm5', 'bn'],
    ['classifier', 'head'],
  ],
};

/** Places of the convolutions among the layers of `features`, by stage, for VGG16 and VGG19 (stages of 2 to 4). */
const vggPlaces = {
  16: [
    [0, 2],
    [5, 7],
    [10, 12, 14],
    [17, 19, 21],
    [24, 26, 28],
  ],
  19: [
    [0, 2],
    [5, 7],
    [10, 12, 14, 16],
    [19, 21, 23, 25],
    [28, 30, 32, 34],
  ],
} as const;

const vggOfTorch = (depth: keyof typeof vggPlaces): NameTable => ({
  layers: vggPlaces[depth].flatMap((places, stage) =>
    places.map((place, i): NameRule => [`features.${place}`, `stage${stage + 1}/conv${i + 1}`]),
  ),
  without: [
    ['classifier.{i}', ''],
    ['pre_logits.fc{i}', ''],
    ['head.fc', ''],
  ],
});

/** Blocks of the first stage do not expand, which moves the numbers of their layers. */
const efficientNetOfTorchvision: NameTable = {
  layers: [
    ['features.0.0', 'stem/conv'],
    ['features.0.1', 'stem/bn'],
    ['features.1.{b}.block.0.0', 'stage1/block{b+1}/depthwise'],
    ['features.1.{b}.block.0.1', 'stage1/block{b+1}/depthwise_bn'],
    ['features.1.{b}.block.1.fc1', 'stage1/block{b+1}/attention/reduce'],
    ['features.1.{b}.block.1.fc2', 'stage1/block{b+1}/attention/expand'],
    ['features.1.{b}.block.2.0', 'stage1/block{b+1}/project'],
    ['features.1.{b}.block.2.1', 'stage1/block{b+1}/project_bn'],
    ['features.8.0', 'top/conv'],
    ['features.8.1', 'top/bn'],
    ['features.{s}.{b}.block.0.0', 'stage{s}/block{b+1}/expand'],
    ['features.{s}.{b}.block.0.1', 'stage{s}/block{b+1}/expand_bn'],
    ['features.{s}.{b}.block.1.0', 'stage{s}/block{b+1}/depthwise'],
    ['features.{s}.{b}.block.1.1', 'stage{s}/block{b+1}/depthwise_bn'],
    ['features.{s}.{b}.block.2.fc1', 'stage{s}/block{b+1}/attention/reduce'],
    ['features.{s}.{b}.block.2.fc2', 'stage{s}/block{b+1}/attention/expand'],
    ['features.{s}.{b}.block.3.0', 'stage{s}/block{b+1}/project'],
    ['features.{s}.{b}.block.3.1', 'stage{s}/block{b+1}/project_bn'],
    ['classifier.1', 'head'],
  ],
};

const efficientNetOfTimm: NameTable = {
  layers: [
    ['conv_stem', 'stem/conv'],
    ['bn1', 'stem/bn'],
    ['blocks.{s}.{b}.se.conv_reduce', 'stage{s+1}/block{b+1}/attention/reduce'],
    ['blocks.{s}.{b}.se.conv_expand', 'stage{s+1}/block{b+1}/attention/expand'],
    ['blocks.{s}.{b}.conv_dw', 'stage{s+1}/block{b+1}/depthwise'],
    ['blocks.0.{b}.bn1', 'stage1/block{b+1}/depthwise_bn'],
    ['blocks.0.{b}.conv_pw', 'stage1/block{b+1}/project'],
    ['blocks.0.{b}.bn2', 'stage1/block{b+1}/project_bn'],
    ['blocks.{s}.{b}.conv_pw', 'stage{s+1}/block{b+1}/expand'],
    ['blocks.{s}.{b}.bn1', 'stage{s+1}/block{b+1}/expand_bn'],
    ['blocks.{s}.{b}.bn2', 'stage{s+1}/block{b+1}/depthwise_bn'],
    ['blocks.{s}.{b}.conv_pwl', 'stage{s+1}/block{b+1}/project'],
    ['blocks.{s}.{b}.bn3', 'stage{s+1}/block{b+1}/project_bn'],
    ['conv_head', 'top/conv'],
    ['bn2', 'top/bn'],
    ['classifier', 'head'],
  ],
};

const vitOfTimm: NameTable = {
  layers: [
    ['patch_embed.proj', 'patch/projection'],
    ['blocks.{b}.norm{i}', 'layer{b+1}/ln{i}'],
    ['blocks.{b}.attn.qkv', 'layer{b+1}/attention/{query|key|value}'],
    ['blocks.{b}.attn.proj', 'layer{b+1}/attention/attention_output'],
    ['blocks.{b}.mlp.fc{i}', 'layer{b+1}/mlp{i}'],
    ['norm', 'ln'],
    ['head', 'head'],
  ],
  weights: [['pos_embed', 'patch/position/embeddings']],
};

const mixerOfTimm: NameTable = {
  layers: [
    ['stem.proj', 'patch/conv'],
    ['blocks.{b}.norm{i}', 'block{b+1}/ln{i}'],
    ['blocks.{b}.mlp_tokens.fc{i}', 'block{b+1}/token_dense{i}'],
    ['blocks.{b}.mlp_channels.fc{i}', 'block{b+1}/channel_dense{i}'],
    ['norm', 'ln'],
    ['head', 'head'],
  ],
};

/** Keras calls a last layer without a name after its class. */
const headOfKeras: readonly NameRule[] = [
  ['predictions', 'head'],
  ['dense', 'head'],
  ['dense_{n}', 'head'],
];

const resNetOfKeras: NameTable = {
  layers: [
    ['conv1_conv', 'stem/conv'],
    ['conv1_bn', 'stem/bn'],
    ['conv{s}_block{b}_0_conv', 'stage{s-1}/block{b}/skip/conv'],
    ['conv{s}_block{b}_0_bn', 'stage{s-1}/block{b}/skip/bn'],
    ['conv{s}_block{b}_{i}_conv', 'stage{s-1}/block{b}/conv{i}'],
    ['conv{s}_block{b}_{i}_bn', 'stage{s-1}/block{b}/bn{i}'],
    ...headOfKeras,
  ],
};

const denseNetOfKeras: NameTable = {
  layers: [
    ['conv1_conv', 'stem/conv'],
    ['conv1_bn', 'stem/bn'],
    // Keras 2 had a slash in these two names.
    ['conv1/conv', 'stem/conv'],
    ['conv1/bn', 'stem/bn'],
    ['conv{s}_block{b}_{i}_conv', 'stage{s-1}/block{b}/conv{i}'],
    ['conv{s}_block{b}_{i}_bn', 'stage{s-1}/block{b}/bn{i+1}'],
    ['pool{s}_bn', 'transition{s-1}/bn'],
    ['pool{s}_conv', 'transition{s-1}/conv'],
    ['bn', 'bn'],
    ['fc1000', 'head'],
    ...headOfKeras,
  ],
};

const vggOfKeras: NameTable = {
  layers: [['block{s}_conv{i}', 'stage{s}/conv{i}'], ...headOfKeras],
  without: [['fc{i}', '']],
};

const efficientNetOfKeras: NameTable = {
  layers: [
    ['stem_conv', 'stem/conv'],
    ['stem_bn', 'stem/bn'],
    ['block{s}{b:a}_expand_conv', 'stage{s}/block{b}/expand'],
    ['block{s}{b:a}_expand_bn', 'stage{s}/block{b}/expand_bn'],
    ['block{s}{b:a}_dwconv', 'stage{s}/block{b}/depthwise'],
    ['block{s}{b:a}_bn', 'stage{s}/block{b}/depthwise_bn'],
    ['block{s}{b:a}_se_reduce', 'stage{s}/block{b}/attention/reduce'],
    ['block{s}{b:a}_se_expand', 'stage{s}/block{b}/attention/expand'],
    ['block{s}{b:a}_project_conv', 'stage{s}/block{b}/project'],
    ['block{s}{b:a}_project_bn', 'stage{s}/block{b}/project_bn'],
    ['top_conv', 'top/conv'],
    ['top_bn', 'top/bn'],
    ...headOfKeras,
  ],
  without: [
    ['normalization', ''],
    ['normalization_{n}', ''],
  ],
};

/** torchvision's names; its VGGs of both depths are told apart by what fits. */
export const torchvisionNames = ({ depth }: ModelCard['configuration']): ToolNames => ({
  resnet: resNetOfTorch,
  densenet: denseNetOfTorch,
  vgg: vggOfTorch(depth === 19 ? 19 : 16),
  efficientnet: efficientNetOfTorchvision,
});

/** timm's names. */
export const timmNames = (configuration: ModelCard['configuration']): ToolNames => ({
  ...torchvisionNames(configuration),
  efficientnet: efficientNetOfTimm,
  vit: vitOfTimm,
  'mlp-mixer': mixerOfTimm,
});

/** Names of `keras.applications`. */
export const kerasNames = (): ToolNames => ({
  resnet: resNetOfKeras,
  densenet: denseNetOfKeras,
  vgg: vggOfKeras,
  efficientnet: efficientNetOfKeras,
});
