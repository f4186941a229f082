import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import { serialization } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { initializers, layers } from '@tensorflow/tfjs-layers';
import { instanceNorm } from '../ops/instanceNorm.js';
import { splitConfig } from './layerConfig.js';

/** Configuration of {@link InstanceNorm} as stored in saved models. */
export interface InstanceNormConfig {
  /** Layer path. */
  readonly name?: string;
  /** False for a frozen layer. Default true. */
  readonly trainable?: boolean;
  /** Added to the variance. */
  readonly epsilon: number;
}

/**
 * Instance normalisation (Ulyanov et al. 2016, arXiv:1607.08022) of float32 `[B, H, W, C]`: of each image's every channel
 * over its pixels, with the population variance. It is the same in training and inference, and an image does not depend on
 * the others of its batch. Weights `gamma` and `beta`, one value per channel.
 */
export class InstanceNorm extends layers.Layer {
  /** Name in saved models. */
  static readonly className = 'LulcInstanceNorm';
  private readonly epsilon: number;
  private gamma!: LayerVariable;
  private beta!: LayerVariable;

  /** @param config see {@link InstanceNormConfig} */
  constructor(config: InstanceNormConfig) {
    const { base, own } = splitConfig(config);
    super(base);
    this.epsilon = own.epsilon;
    this.supportsMasking = true;
  }

  /** Creates the two weights. */
  override build(inputShape: (number | null)[]): void {
    const shape = [inputShape[3]];
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
    const x = (Array.isArray(inputs) ? inputs[0] : inputs) as Tensor4D;
    return instanceNorm(x, this.gamma.read() as Tensor1D, this.beta.read() as Tensor1D, this.epsilon);
  }

  /** Configuration as stored in a saved model. */
  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), epsilon: this.epsilon };
  }
}
serialization.registerClass(InstanceNorm);
