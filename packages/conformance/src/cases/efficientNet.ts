import type { AttentionName, GhostForm } from '@lulc/core';
import { efficientNet, type Orientation, scaledEfficientNet } from '@lulc/efficientnet-scaler';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { NetworkCase } from '../golden/files.js';
import type { NetworkFamily } from './networkFamily.js';

/** Fields of both kinds' configurations. */
interface CommonConfig {
  readonly inputSize: number;
  readonly channels: number;
  readonly classes: number;
}

/** Fields of Keras' EfficientNet. */
interface KerasConfig extends CommonConfig {
  readonly width: number;
  readonly depth: number;
}

/** Fields of the benchmark's own EfficientNet. */
interface CustomConfig extends CommonConfig {
  readonly orientation: 'depth=alpha';
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  readonly phi: number;
  readonly attention: AttentionName;
  readonly ghost: GhostForm | 'none';
}

const orientations: Readonly<Record<CustomConfig['orientation'], Orientation>> = { 'depth=alpha': 'standard' };

/** The golden files' EfficientNets. */
export const efficientNetFamilies: Readonly<Record<string, NetworkFamily>> = {
  EfficientNetB0: { build: kerasNetwork, layerOf: (name) => outputOf(kerasLayer(name)) },
  'EfficientNet-custom': { build: customNetwork, layerOf: outputOf },
};

function kerasNetwork({ config, mode }: NetworkCase): LayersModel {
  const { width, depth, inputSize, channels, classes } = config as unknown as KerasConfig;
  return efficientNet({
    width,
    depth,
    inputSize,
    bands: channels,
    classes,
    variant: mode as 'reference' | 'corrected',
    dropConnect: 0,
    seed: 1,
  });
}

function customNetwork({ config, mode }: NetworkCase): LayersModel {
  const { orientation, channels, ghost, ...rest } = config as unknown as CustomConfig;
  const { alpha, beta, gamma, phi, inputSize, classes, attention } = rest;
  return scaledEfficientNet({
    orientation: orientations[orientation],
    alpha,
    beta,
    gamma,
    phi,
    inputSize,
    classes,
    attention,
    bands: channels,
    ghost: ghost === 'none' ? false : ghost,
    variant: mode as 'reference' | 'corrected',
    dropout: 0,
    headDropout: 0,
    seed: 1,
  });
}

/** Keras' parts of a block by the names here. */
const kerasParts: Readonly<Record<string, string>> = {
  expand_conv: 'expand',
  expand_bn: 'expand_bn',
  dwconv: 'depthwise',
  bn: 'depthwise_bn',
  se_reduce: 'attention/reduce',
  se_expand: 'attention/expand',
  project_conv: 'project',
  project_bn: 'project_bn',
};

/** Keras numbers stages and letters their blocks: `block2b_expand_conv`. */
function kerasLayer(name: string): string {
  const outside = /^(stem|top)_(conv|bn)$/.exec(name);
  if (outside) return `${outside[1]}/${outside[2]}`;
  const inBlock = /^block(\d)([a-z])(?:_(\w+))?$/.exec(name);
  if (!inBlock) return name;
  const [, stage, letter, part] = inBlock;
  const path = `stage${stage}/block${letter.charCodeAt(0) - 'a'.charCodeAt(0) + 1}`;
  return part === undefined ? path : `${path}/${kerasParts[part]}`;
}

/** Stem and top end in their activation; a block's last layer depends on whether it adds its input. */
function outputOf(tap: string): string {
  return tap === 'stem' || tap === 'top' ? `${tap}/swish` : tap;
}
