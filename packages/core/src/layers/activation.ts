import type { Tensor } from '@tensorflow/tfjs-core';
import { add, mul, relu6, serialization, tidy } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { relu as reluOp } from '../ops/relu.js';
import { applyLayer } from './graph.js';
import type { Named } from './merge.js';
import type { Block, Rank } from './sym.js';

/** `relu` and `hardSwish` run through this library's ops; the others are TF.js' own activations. */
export type ActivationName = 'relu' | 'relu6' | 'swish' | 'gelu' | 'sigmoid' | 'softmax' | 'hardSwish' | 'linear';

const own: { readonly [name in ActivationName]?: (x: Tensor) => Tensor } = {
  relu: reluOp,
  hardSwish: (x) => tidy(() => mul(mul(x, relu6(add(x, 3))), 1 / 6)),
};

/** An activation with a cheap gradient on every engine; configuration `{ activation }`. */
export class Activation extends layers.Layer {
  /** Name in saved models. */
  static readonly className = 'LulcActivation';
  private readonly activation: ActivationName;

  /** @param config layer path and the name of the activation */
  constructor(config: { readonly name?: string; readonly activation: ActivationName }) {
    super({ name: config.name });
    this.activation = config.activation;
    this.supportsMasking = true;
  }

  /** Same shape as the input. */
  override computeOutputShape(inputShape: (number | null)[]): (number | null)[] {
    return inputShape;
  }

  /** Applies the activation. */
  override call(inputs: Tensor | Tensor[]): Tensor {
    return (own[this.activation] as (x: Tensor) => Tensor)(Array.isArray(inputs) ? inputs[0] : inputs);
  }

  /** Configuration as stored in a saved model. */
  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), activation: this.activation };
  }
}
serialization.registerClass(Activation);

/**
 * An activation by name. `gelu` is the exact (erf) form, `softmax` runs over the last axis,
 * `hardSwish(x) = x · relu6(x + 3) / 6`.
 */
export function activation<R extends Rank = 4>(name: ActivationName, options: Named = {}): Block<R> {
  return (x) =>
    applyLayer(options.name, name, [x], (identity) =>
      own[name]
        ? new Activation({ name: identity.name, activation: name })
        : layers.activation({ name: identity.name, activation: name as 'sigmoid' }),
    );
}

/** `max(0, x)`, element-wise. */
export function relu<R extends Rank = 4>(options: Named = {}): Block<R> {
  return activation<R>('relu', options);
}
