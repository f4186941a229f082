import { type MixerSize, mlpMixer, visionTransformer } from '@lulc/vit-mlp-mixer';
import type { NetworkFamily } from './networkFamily.js';

/** Fields of a vision transformer's configuration. */
interface VitConfig {
  readonly inputSize: number;
  readonly patch: number;
  readonly channels: number;
  readonly classes: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyDim: number;
  readonly mlp: readonly [hidden: number, width: number];
  readonly headMlp: readonly number[];
  readonly lnEpsilon: number;
}

const vit: NetworkFamily = {
  build: ({ config, mode }) => {
    const { channels, mlp, lnEpsilon, ...numbers } = config as unknown as VitConfig & { readonly model: string };
    const { inputSize, patch, classes, width, layers, heads, keyDim, headMlp } = numbers;
    return visionTransformer({
      inputSize,
      patch,
      classes,
      width,
      layers,
      heads,
      keyDim,
      headMlp,
      bands: channels,
      mlpHidden: mlp[0],
      epsilon: lnEpsilon,
      variant: mode as 'reference' | 'corrected',
      attentionDropout: 0,
      mlpDropout: 0,
      headDropout: 0,
      seed: 1,
    });
  },
  layerOf: lastOf({ patch: 'position', layer: 'add2' }),
};

/** Fields of a mixer's configuration. */
interface MixerConfig {
  readonly inputSize: number;
  readonly patch: number;
  readonly channels: number;
  readonly classes: number;
  readonly blocks: number;
  readonly width: number;
  readonly tokenHidden: number;
  readonly channelHidden: number;
  readonly lnEpsilon: number;
}

function mixer(size: MixerSize): NetworkFamily {
  return {
    build: ({ config, mode }) => {
      const { inputSize, channels, classes, lnEpsilon } = config as unknown as MixerConfig;
      const { patch, blocks, width, tokenHidden, channelHidden } = config as unknown as MixerConfig;
      return mlpMixer({
        size,
        inputSize,
        patch,
        classes,
        blocks,
        width,
        tokenHidden,
        channelHidden,
        bands: channels,
        epsilon: lnEpsilon,
        variant: mode as 'reference' | 'corrected',
        seed: 1,
      });
    },
    layerOf: lastOf({ patch: 'tokens', block: 'add2' }),
  };
}

/** Taps are named like scopes: `layer3` is what the last layer of that scope gives. Other names are the same here. */
function lastOf(last: Readonly<Record<string, string>>): (name: string) => string {
  return (name) => {
    const layer = last[name.replace(/\d+$/, '')];
    return layer === undefined ? name : `${name}/${layer}`;
  };
}

/** Networks of `@lulc/vit-mlp-mixer`, by the `config.model` of golden files. */
export const transformerFamilies: Readonly<Record<string, NetworkFamily>> = {
  'ViT/20': vit,
  MLPMixer: mixer('base'),
  MLPMixer_Tiny: mixer('tiny'),
};
