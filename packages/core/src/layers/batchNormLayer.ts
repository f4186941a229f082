import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import { add, batchNorm, mul, reshape, serialization, tidy } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { initializers, layers } from '@tensorflow/tfjs-layers';
import { batchNormTrain } from '../ops/batchNormTrain.js';
import { splitConfig } from './layerConfig.js';

/** Configuration of {@link BatchNorm} as stored in saved models. */
export interface BatchNormConfig {
  /** Layer path. */
  readonly name?: string;
  /** False for a frozen layer. Default true. */
  readonly trainable?: boolean;
  /** Share of the old moving statistic kept in each training step (Keras sense). */
  readonly momentum: number;
  /** Added to the variance. */
  readonly epsilon: number;
  /** `'ones'`, or `'uniform'` for U(−0.05, 0.05) as in the published benchmark (quirk Q2). */
  readonly gammaInitializer: 'ones' | 'uniform';
  /** Seed of the uniform initialiser. */
  readonly seed?: number;
}

/**
 * Batch normalisation over the last axis (Ioffe & Szegedy 2015, arXiv:1502.03167), float32, any rank from 2 to 4.
 *
 * In training mode one fused kernel of the engine does the work where it has one (a composed form otherwise), and
 * moving statistics take the population variance. A frozen layer (`trainable = false`, set on the layer or on a model that
 * holds it) uses its moving statistics also in training, as in TensorFlow 2. Weights: `gamma`, `beta`, `moving_mean`, `moving_variance`, each `[C]`.
 */
export class BatchNorm extends layers.Layer {
  /** Name in saved models. */
  static readonly className = 'LulcBatchNorm';
  private readonly config: Omit<BatchNormConfig, 'name' | 'trainable'>;
  private gamma!: LayerVariable;
  private beta!: LayerVariable;
  private movingMean!: LayerVariable;
  private movingVariance!: LayerVariable;

  /** @param config see {@link BatchNormConfig} */
  constructor(config: BatchNormConfig) {
    const { base, own } = splitConfig(config);
    super(base);
    this.config = own;
    this.supportsMasking = true;
  }

  /** Creates the four weights. */
  override build(inputShape: (number | null)[]): void {
    const shape = [inputShape[inputShape.length - 1]];
    const gamma =
      this.config.gammaInitializer === 'ones'
        ? initializers.ones()
        : initializers.randomUniform({ minval: -0.05, maxval: 0.05, seed: this.config.seed });
    this.gamma = this.addWeight('gamma', shape, 'float32', gamma);
    this.beta = this.addWeight('beta', shape, 'float32', initializers.zeros());
    this.movingMean = this.addWeight('moving_mean', shape, 'float32', initializers.zeros(), undefined, false);
    this.movingVariance = this.addWeight('moving_variance', shape, 'float32', initializers.ones(), undefined, false);
    this.built = true;
  }

  /** Same shape as the input. */
  override computeOutputShape(inputShape: (number | null)[]): (number | null)[] {
    return inputShape;
  }

  /** Normalises with batch statistics when `training`, else with the moving ones. */
  override call(inputs: Tensor | Tensor[], kwargs: { training?: boolean }): Tensor {
    return tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      const gamma = this.gamma.read() as Tensor1D;
      const beta = this.beta.read() as Tensor1D;
      if (!kwargs.training || this.frozen) {
        return normalise(
          x,
          this.movingMean.read() as Tensor1D,
          this.movingVariance.read() as Tensor1D,
          gamma,
          beta,
          this.config.epsilon,
        );
      }
      const [y, mean, variance] = batchNormTrain(x, gamma, beta, this.config.epsilon);
      const keep = this.config.momentum;
      for (const [moving, batch] of [
        [this.movingMean, mean],
        [this.movingVariance, variance],
      ] as const) {
        moving.write(add(mul(moving.read(), keep), mul(batch, 1 - keep)));
      }
      return y;
    });
  }

  /** Configuration as stored in a saved model. */
  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.config };
  }

  /** TF.js freezes a whole model through the weights of its layers, a single layer through itself. */
  private get frozen(): boolean {
    return !this.trainable || !(this.gamma as unknown as { readonly trainable: boolean }).trainable;
  }
}
serialization.registerClass(BatchNorm);

/** The native kernel takes rank 4 only on some engines; other ranks pass through it as `[1, 1, N, C]`. */
function normalise(
  x: Tensor,
  mean: Tensor1D,
  variance: Tensor1D,
  gamma: Tensor1D,
  beta: Tensor1D,
  epsilon: number,
): Tensor {
  const channels = x.shape[x.shape.length - 1];
  const flat = x.rank === 4 ? x : reshape(x, [1, 1, -1, channels]);
  return reshape(batchNorm(flat as Tensor4D, mean, variance, beta, gamma, epsilon), x.shape);
}
