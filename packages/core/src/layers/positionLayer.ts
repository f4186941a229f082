import type { Tensor } from '@tensorflow/tfjs-core';
import { add, matMul, range, reshape, serialization, tidy } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { initializers, layers } from '@tensorflow/tfjs-layers';
import { LulcError } from '../errors/lulcError.js';
import { splitConfig } from './layerConfig.js';

/** Where a token's position comes from: a learned row per token, or its index times one learned row. */
export type PositionForm = 'table' | 'index';

/** Configuration of {@link Position} as stored in saved models. */
export interface PositionConfig {
  /** Layer path. */
  readonly name?: string;
  /** False for a frozen layer. Default true. */
  readonly trainable?: boolean;
  /** Form of the position. */
  readonly form: PositionForm;
  /** Seed of the initialiser. */
  readonly seed?: number;
}

/**
 * Adds to every token of `[B, N, C]` what tells its place. Weights: `embeddings` `[N, C]` of form `'table'`, at first normal
 * with deviation 0.02 (Dosovitskiy et al. 2021, arXiv:2010.11929); `kernel` `[1, C]` of form `'index'`, at first Glorot
 * uniform (quirk Q15 of the benchmark specification).
 */
export class Position extends layers.Layer {
  /** Name in saved models. */
  static readonly className = 'LulcPosition';
  private readonly config: Pick<PositionConfig, 'form' | 'seed'>;
  private weight!: LayerVariable;

  /** @param config see {@link PositionConfig} */
  constructor(config: PositionConfig) {
    const { base, own } = splitConfig(config);
    super(base);
    this.config = own;
    this.supportsMasking = true;
  }

  /** Creates the weight. */
  override build(inputShape: (number | null)[]): void {
    const [, tokens, channels] = inputShape;
    const { form, seed } = this.config;
    if (tokens === null)
      throw new LulcError('shape-mismatch', 'positions need a fixed number of tokens', { where: { layer: this.name } });
    this.weight =
      form === 'table'
        ? this.addWeight('embeddings', [tokens, channels], 'float32', initializers.randomNormal({ stddev: 0.02, seed }))
        : this.addWeight('kernel', [1, channels], 'float32', initializers.glorotUniform({ seed }));
    this.built = true;
  }

  /** Same shape as the input. */
  override computeOutputShape(inputShape: (number | null)[]): (number | null)[] {
    return inputShape;
  }

  /** Adds the positions. */
  override call(inputs: Tensor | Tensor[]): Tensor {
    return tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      if (this.config.form === 'table') return add(x, this.weight.read());
      const tokens = x.shape[1] as number;
      return add(x, matMul(reshape(range(0, tokens), [tokens, 1]), this.weight.read()));
    });
  }

  /** Configuration as stored in a saved model. */
  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.config };
  }
}
serialization.registerClass(Position);
