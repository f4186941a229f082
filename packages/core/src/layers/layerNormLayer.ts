import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { serialization, tidy, transpose } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { initializers, layers } from '@tensorflow/tfjs-layers';
import { layerNorm } from '../ops/layerNorm.js';
import { splitConfig } from './layerConfig.js';

/** Over what a layer normalisation takes mean and variance: the channels of each token, or the tokens of each channel. */
export type NormalisedAxis = 'channels' | 'tokens';

/** Configuration of {@link LayerNorm} as stored in saved models. */
export interface LayerNormConfig {
  /** Layer path. */
  readonly name?: string;
  /** False for a frozen layer. Default true. */
  readonly trainable?: boolean;
  /** The normalised axis; `'tokens'` is axis 1 of `[B, N, C]`. */
  readonly axis: NormalisedAxis;
  /** Added to the variance. */
  readonly epsilon: number;
}

/**
 * Layer normalisation (Ba et al. 2016, arXiv:1607.06450) of float32 `[B, …, C]`: over the last axis, or over the tokens of
 * `[B, N, C]`. It is the same in training and inference. Weights `gamma` and `beta`, one value for each place of the
 * normalised axis.
 */
export class LayerNorm extends layers.Layer {
  /** Name in saved models. */
  static readonly className = 'LulcLayerNorm';
  private readonly config: Pick<LayerNormConfig, 'axis' | 'epsilon'>;
  private gamma!: LayerVariable;
  private beta!: LayerVariable;

  /** @param config see {@link LayerNormConfig} */
  constructor(config: LayerNormConfig) {
    const { base, own } = splitConfig(config);
    super(base);
    this.config = own;
    this.supportsMasking = true;
  }

  /** Creates the two weights. */
  override build(inputShape: (number | null)[]): void {
    const shape = [this.config.axis === 'tokens' ? inputShape[1] : inputShape[inputShape.length - 1]];
    this.gamma = this.addWeight('gamma', shape, 'float32', initializers.ones());
    this.beta = this.addWeight('beta', shape, 'float32', initializers.zeros());
    this.built = true;
  }

  /** Same shape as the input. */
  override computeOutputShape(inputShape: (number | null)[]): (number | null)[] {
    return inputShape;
  }

  /** Normalises. */
  override call(inputs: Tensor | Tensor[]): Tensor {
    return tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      const normalise = (y: Tensor) =>
        layerNorm(y, this.gamma.read() as Tensor1D, this.beta.read() as Tensor1D, this.config.epsilon);
      return this.config.axis === 'channels' ? normalise(x) : transpose(normalise(transpose(x, [0, 2, 1])), [0, 2, 1]);
    });
  }

  /** Configuration as stored in a saved model. */
  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.config };
  }
}
serialization.registerClass(LayerNorm);
