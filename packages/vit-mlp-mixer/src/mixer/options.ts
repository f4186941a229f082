import { knownOption, type ModelOptions, requireAbove, requireCount } from '@lulc/core';

/** A named size of the benchmark: `MLPMixer` and `MLPMixer_Tiny`. */
export type MixerSize = 'base' | 'tiny';

/** What a size stands for. */
export interface MixerShape {
  /** Number of mixer blocks. */
  readonly blocks: number;
  /** Channels of a token. */
  readonly width: number;
  /** Hidden units of the perceptrons over the tokens. */
  readonly tokenHidden: number;
  /** Hidden units of the perceptrons over the channels. */
  readonly channelHidden: number;
}

/** The benchmark's sizes (spec 1.6). */
export const mixerSizes: Readonly<Record<MixerSize, MixerShape>> = {
  base: { blocks: 4, width: 128, tokenHidden: 64, channelHidden: 200 },
  tiny: { blocks: 2, width: 64, tokenHidden: 64, channelHidden: 64 },
};

/** Options of the backbone alone. */
export interface MixerBackboneOptions extends Partial<MixerShape> {
  /** A named size, default `'base'`; numbers given beside it win. */
  readonly size?: MixerSize;
  /** Height and width of a patch in pixels, default 12. */
  readonly patch?: number;
  /** Added to the variance in layer norms, above 0. Default 1e-3. */
  readonly epsilon?: number;
  /**
   * `'corrected'` (default): layer norms over the channels, the last one before the mean over all tokens.
   * `'reference'`: the published code's behaviour, quirk Q14 (layer norms over the tokens, the last one behind the mean), for
   * its checkpoints.
   */
  readonly variant?: 'corrected' | 'reference';
}

/**
 * Options of {@link mlpMixer}; `inputSize` is 120 pixels by default and at least 8. It fixes the number of tokens and with it
 * the shape of the perceptrons over the tokens: weights fit networks of one input size.
 */
export interface MixerOptions extends ModelOptions, MixerBackboneOptions {}

/** Everything the network is made from, with all defaults filled in. */
export interface ResolvedMixer extends Required<MixerBackboneOptions> {
  /** Height and width of the input in pixels. */
  readonly inputSize: number;
  /** Readable name, e.g. `mlp-mixer-tiny`. */
  readonly name: string;
}

/**
 * Fills in defaults.
 *
 * @example
 * ```ts
 * import { resolveMixer } from '@lulc/vit-mlp-mixer';
 *
 * const { name, blocks, width } = resolveMixer({ size: 'tiny' });
 * console.log(name, blocks, width); // mlp-mixer-tiny 2 64
 * ```
 *
 * @throws LulcError `unknown-name` for an unknown size or variant, `invalid-argument` for a number out of range
 */
export function resolveMixer(options: MixerBackboneOptions & Pick<MixerOptions, 'inputSize'> = {}): ResolvedMixer {
  const size = knownOption('size', options.size ?? 'base', Object.keys(mixerSizes) as MixerSize[]);
  const { blocks, width, tokenHidden, channelHidden } = mixerSizes[size];
  const shape = {
    blocks: options.blocks ?? blocks,
    width: options.width ?? width,
    tokenHidden: options.tokenHidden ?? tokenHidden,
    channelHidden: options.channelHidden ?? channelHidden,
    patch: options.patch ?? 12,
  };
  const { epsilon = 1e-3, inputSize = 120 } = options;
  requireCount(shape);
  requireAbove(0, { epsilon });
  return {
    ...shape,
    size,
    epsilon,
    inputSize,
    variant: knownOption('variant', options.variant ?? 'corrected', ['corrected', 'reference']),
    name: `mlp-mixer-${size}`,
  };
}
