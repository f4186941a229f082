import type { AttentionName, GhostForm } from '@lulc/core';
import { type ScaledWRNOptions, scaledWRN, scaledWRNFromBands, type WrnPreset } from '@lulc/wrn-eca';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { NetworkCase } from '../golden/files.js';
import { convolutionalFamilies } from './convolutional.js';
import { efficientNetFamilies } from './efficientNet.js';
import type { NetworkFamily } from './networkFamily.js';
import { transformerFamilies } from './transformers.js';

/** Fields of a wide residual network's configuration. */
interface WrnConfig {
  readonly preset?: WrnPreset;
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  readonly phi: number;
  readonly inputSize: number;
  readonly channels: number;
  readonly classes: number;
  readonly attention: AttentionName;
  readonly ghost: GhostForm | 'none';
  readonly stack?: readonly string[];
}

function wideResNet(file: NetworkCase): LayersModel {
  const { alpha, beta, gamma, phi, inputSize, channels, classes, attention, ghost, stack } =
    file.config as unknown as WrnConfig;
  const options: ScaledWRNOptions = {
    alpha,
    beta,
    gamma,
    phi,
    inputSize,
    classes,
    attention,
    ghost: ghost === 'none' ? false : ghost,
    variant: file.mode as 'reference' | 'corrected',
    dropout: 0,
    seed: 1,
  };
  if (stack === undefined) return scaledWRN({ ...options, bands: channels });
  const sizes = new Map(file.inputs.map(({ name, shape }) => [name, shape[1]]));
  return scaledWRNFromBands(
    stack.map((name) => ({ name, size: sizes.get(name) as number })),
    options,
  );
}

/** A golden file's networks, by its `config.model`. A model that is not here is not covered yet. */
export const networkFamilies: Readonly<Record<string, NetworkFamily>> = {
  WideResNet: { build: wideResNet },
  ...convolutionalFamilies,
  ...efficientNetFamilies,
  ...transformerFamilies,
};

/** Layer paths of named intermediate activations: where a family's layers do not carry the tap's own name. */
export function tapLayer(model: LayersModel, tap: string): string | undefined {
  const names = new Set(model.layers.map((layer) => layer.name));
  const candidates =
    tap === 'stacked' ? ['concat3', 'concat'] : [tap, `${tap}/relu`, `${tap}/add`, `${tap}/project_bn`];
  return candidates.find((name) => names.has(name));
}
