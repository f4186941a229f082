import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { concat, fused, reshape, serialization, split, tidy, transpose } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { initializers, layers } from '@tensorflow/tfjs-layers';
import { dotProductAttention } from '../ops/attention.js';
import { splitConfig } from './layerConfig.js';
import { drawKey } from './randomStream.js';

/** Configuration of {@link MultiHeadAttention} as stored in saved models. */
export interface MultiHeadAttentionConfig {
  /** Layer path. */
  readonly name?: string;
  /** False for a frozen layer. Default true. */
  readonly trainable?: boolean;
  /** Number of heads. */
  readonly heads: number;
  /** Channels of queries, keys and values in each head. */
  readonly keyDim: number;
  /** Share of attention dropped in training, [0, 1). */
  readonly dropout: number;
  /** Seeds of the four kernels' initialisers. */
  readonly seeds?: readonly number[];
}

const projections = ['query', 'key', 'value'] as const;

/** Kernel and bias of one projection. */
interface Projection {
  readonly kernel: LayerVariable;
  readonly bias: LayerVariable;
}

/**
 * Multi-head self-attention (Vaswani et al. 2017, arXiv:1706.03762) over tokens `[B, N, C]`, float32: in each head
 * `softmax(q kᵀ / √keyDim) v`, the heads joined by a last projection. Dropout acts on the attention that each token pays to
 * the others, in training.
 *
 * Weights, all with biases: `query/kernel`, `key/kernel`, `value/kernel` `[C, heads, keyDim]` and
 * `attention_output/kernel` `[heads, keyDim, C]`; biases have the last axes of their kernels.
 */
export class MultiHeadAttention extends layers.Layer {
  /** Name in saved models. */
  static readonly className = 'LulcMultiHeadAttention';
  private readonly config: Omit<MultiHeadAttentionConfig, 'name' | 'trainable'>;
  private incoming!: readonly Projection[];
  private outgoing!: Projection;

  /** @param config see {@link MultiHeadAttentionConfig} */
  constructor(config: MultiHeadAttentionConfig) {
    const { base, own } = splitConfig(config);
    super(base);
    this.config = own;
  }

  /** Creates the eight weights. */
  override build(inputShape: (number | null)[]): void {
    const { heads, keyDim, seeds } = this.config;
    const channels = inputShape[2] as number;
    // Glorot uniform for the matrices that the kernels are: [C, heads keyDim] and back.
    const limit = Math.sqrt(6 / (channels + heads * keyDim));
    const projection = (index: number, name: string, kernel: number[], bias: number[]): Projection => ({
      kernel: this.addWeight(
        `${name}/kernel`,
        kernel,
        'float32',
        initializers.randomUniform({ minval: -limit, maxval: limit, seed: seeds?.[index] }),
      ),
      bias: this.addWeight(`${name}/bias`, bias, 'float32', initializers.zeros()),
    });
    this.incoming = projections.map((name, i) => projection(i, name, [channels, heads, keyDim], [heads, keyDim]));
    this.outgoing = projection(projections.length, 'attention_output', [heads, keyDim, channels], [channels]);
    this.built = true;
  }

  /** Same shape as the input. */
  override computeOutputShape(inputShape: (number | null)[]): (number | null)[] {
    return inputShape;
  }

  /** Attends; drops attention when `training`. */
  override call(inputs: Tensor | Tensor[], kwargs: { training?: boolean }): Tensor {
    return tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      const [batch, tokens, channels] = x.shape;
      const { heads, keyDim, dropout } = this.config;
      const inner = heads * keyDim;
      // One product for queries, keys and values, and one transposition that brings all their heads forward: of four axes,
      // for which engines have loops of their own.
      const kernel = concat(this.incoming.map((p) => reshape(p.kernel.read(), [channels, inner])) as Tensor2D[], 1);
      const bias = concat(this.incoming.map((p) => reshape(p.bias.read(), [inner])));
      const projected = fused.matMul({ a: reshape(x, [batch * tokens, channels]), b: kernel, bias });
      const parted = transpose(reshape(projected, [batch, tokens, 3 * heads, keyDim]), [0, 2, 1, 3]);
      const [q, k, v] = split(parted, 3, 1) as Tensor4D[];
      const dropping = kwargs.training && dropout > 0 ? { rate: dropout, ...drawKey() } : undefined;
      const attended = dotProductAttention(q, k, v, 1 / Math.sqrt(keyDim), dropping);
      const joined = fused.matMul({
        a: reshape(transpose(attended, [0, 2, 1, 3]), [batch * tokens, inner]) as Tensor2D,
        b: reshape(this.outgoing.kernel.read(), [inner, channels]) as Tensor2D,
        bias: this.outgoing.bias.read(),
      });
      return reshape(joined, [batch, tokens, channels]);
    });
  }

  /** Configuration as stored in a saved model. */
  override getConfig(): serialization.ConfigDict {
    const { seeds, ...own } = this.config;
    return { ...super.getConfig(), ...own, ...(seeds === undefined ? {} : { seeds: [...seeds] }) };
  }
}
serialization.registerClass(MultiHeadAttention);
