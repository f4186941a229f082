import type { AttentionName, GhostForm } from '@lulc/core';
import { type ScaledWRNOptions, scaledWRN, scaledWRNFromBands, type WrnPreset } from '@lulc/wrn-eca';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { NetworkCase } from '../golden/files.js';

/** Builds the network of a golden file from the file's own configuration; dropout off, as the vectors have it. */
export type NetworkBuilder = (file: NetworkCase) => LayersModel;

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

/** What builds a golden file's network, by its `config.model`. A model that is not here is not covered yet. */
export const networkBuilders: Readonly<Record<string, NetworkBuilder>> = { WideResNet: wideResNet };

/** Layer paths of named intermediate activations: where a family's layers do not carry the tap's own name. */
export function tapLayer(model: LayersModel, tap: string): string | undefined {
  const names = new Set(model.layers.map((layer) => layer.name));
  const candidates = tap === 'stacked' ? ['concat3', 'concat'] : [tap, `${tap}/relu`, `${tap}/add`];
  return candidates.find((name) => names.has(name));
}
