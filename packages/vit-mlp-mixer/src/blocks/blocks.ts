import {
  activation,
  type Block,
  dense,
  dropout,
  layerNormalization,
  multiHeadAttention,
  type NormalisedAxis,
  pipe,
  residual,
  type Sym,
  shapeOf,
  swapTokens,
} from '@lulc/core';

/** What the perceptron of a block is made of. */
export interface PerceptronOptions {
  /** Units of its two dense layers. */
  readonly units: readonly [hidden: number, output: number];
  /** Share dropped behind each layer in training, [0, 1). */
  readonly dropout: number;
  /** `'linear'`, or `'gelu'` behind the last layer too (quirk Q16). */
  readonly output: 'linear' | 'gelu';
}

/** Dense layers `<name>1` and `<name>2` over the last axis, a GELU between them. */
export function perceptron(name: string, { units, dropout: rate, output }: PerceptronOptions): Block<3> {
  const layer = (index: 0 | 1, shape: 'linear' | 'gelu'): Block<3> => {
    const own = `${name}${index + 1}`;
    return pipe(
      dense<3>({ name: own, units: units[index] }),
      shape === 'gelu' ? activation<3>('gelu', { name: `${own}_gelu` }) : pipe<3>(),
      rate > 0 ? dropout<3>(rate, { name: `${own}_dropout` }) : pipe<3>(),
    );
  };
  return pipe(layer(0, 'gelu'), layer(1, output));
}

/** What a transformer layer is made of. */
export interface TransformerLayerOptions {
  /** Heads of the attention. */
  readonly heads: number;
  /** Channels of queries, keys and values in each head. */
  readonly keyDim: number;
  /** Share of attention dropped in training, [0, 1). */
  readonly attentionDropout: number;
  /** The perceptron behind the attention; as wide as the tokens at its end. */
  readonly mlp: PerceptronOptions;
  /** Added to the variance in layer norms. */
  readonly epsilon: number;
}

/**
 * A transformer layer with the norms first (Dosovitskiy et al. 2021, arXiv:2010.11929):
 * `y = x + attention(norm(x))`, then `y + perceptron(norm(y))`.
 */
export function transformerLayer(options: TransformerLayerOptions): Block<3> {
  const { heads, keyDim, attentionDropout, mlp, epsilon } = options;
  return pipe(
    residual(
      pipe(
        layerNormalization({ name: 'ln1', epsilon }),
        multiHeadAttention({ name: 'attention', heads, keyDim, dropout: attentionDropout }),
      ),
      { name: 'add1' },
    ),
    residual(pipe(layerNormalization({ name: 'ln2', epsilon }), perceptron('mlp', mlp)), { name: 'add2' }),
  );
}

/** What a mixer block is made of. */
export interface MixerBlockOptions {
  /** Hidden units of the perceptron over the tokens. */
  readonly tokenHidden: number;
  /** Hidden units of the perceptron over the channels. */
  readonly channelHidden: number;
  /** What layer norms normalise; `'tokens'` is the published code's (quirk Q14). */
  readonly axis: NormalisedAxis;
  /** Added to the variance in layer norms. */
  readonly epsilon: number;
}

/**
 * A mixer block (Tolstikhin et al. 2021, arXiv:2105.01601): a perceptron over the tokens of each channel, then one over the
 * channels of each token, both behind a norm and added to their input.
 */
export function mixerBlock({ tokenHidden, channelHidden, axis, epsilon }: MixerBlockOptions): Block<3> {
  return (x: Sym<3>) => {
    const [tokens, channels] = shapeOf(x) as [number, number];
    const mix = (name: string, hidden: number, output: number) =>
      perceptron(name, { units: [hidden, output], dropout: 0, output: 'linear' });
    return pipe(
      residual(
        pipe(
          layerNormalization({ name: 'ln1', axis, epsilon }),
          swapTokens({ name: 'token_swap1' }),
          mix('token_dense', tokenHidden, tokens),
          swapTokens({ name: 'token_swap2' }),
        ),
        { name: 'add1' },
      ),
      residual(
        pipe(layerNormalization({ name: 'ln2', axis, epsilon }), mix('channel_dense', channelHidden, channels)),
        { name: 'add2' },
      ),
    )(x);
  };
}
