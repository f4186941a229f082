import type { Tensor } from '@tensorflow/tfjs-core';
import { add, mul, relu6, serialization, tidy } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { unknownName } from '../errors/lulcError.js';
import { requireAtLeast } from '../errors/optionChecks.js';
import { leakyRelu as leakyReluOp } from '../ops/leakyRelu.js';
import { relu as reluOp } from '../ops/relu.js';
import { gelu, swish } from '../ops/smoothUnits.js';
import { applyLayer } from './graph.js';
import { splitConfig } from './layerConfig.js';
import type { Named } from './merge.js';
import { defineOpLayer } from './opLayer.js';
import type { Block, Rank } from './sym.js';

/** The first four run through this library's ops; the others are TF.js' own activations. */
export type ActivationName = 'relu' | 'hardSwish' | 'swish' | 'gelu' | 'relu6' | 'sigmoid' | 'softmax' | 'linear';

/** The activations that {@link Activation} computes. */
export type OwnActivation = Extract<ActivationName, 'relu' | 'hardSwish' | 'swish' | 'gelu'>;

const own: { readonly [name in OwnActivation]: (x: Tensor) => Tensor } = {
  relu: reluOp,
  hardSwish: (x) => tidy(() => mul(mul(x, relu6(add(x, 3))), 1 / 6)),
  swish,
  gelu,
};

const builtIn: { readonly [name in Exclude<ActivationName, OwnActivation>]: true } = {
  relu6: true,
  sigmoid: true,
  softmax: true,
  linear: true,
};

const isOwn = (name: string): name is OwnActivation => Object.hasOwn(own, name);

const ownNames = Object.keys(own);

/** An activation with a cheap gradient on every engine; configuration `{ activation }`. */
export class Activation extends layers.Layer {
  /** Name in saved models. */
  static readonly className = 'LulcActivation';
  private readonly activation: OwnActivation;

  /**
   * @param config layer path and the name of the activation
   * @throws LulcError `unknown-name` for another activation
   */
  constructor(config: { readonly name?: string; readonly activation: OwnActivation }) {
    const { base, own: options } = splitConfig(config);
    super(base);
    if (!isOwn(options.activation)) throw unknownName('activation', options.activation, ownNames);
    this.activation = options.activation;
    this.supportsMasking = true;
  }

  /** Same shape as the input. */
  override computeOutputShape(inputShape: (number | null)[]): (number | null)[] {
    return inputShape;
  }

  /** Applies the activation. */
  override call(inputs: Tensor | Tensor[]): Tensor {
    return own[this.activation](Array.isArray(inputs) ? inputs[0] : inputs);
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
 *
 * @throws LulcError `unknown-name` for a name that is not an {@link ActivationName}
 */
export function activation<R extends Rank = 4>(name: ActivationName, options: Named = {}): Block<R> {
  if (!isOwn(name) && !Object.hasOwn(builtIn, name))
    throw unknownName('activation', name, [...ownNames, ...Object.keys(builtIn)]);
  return (x) =>
    applyLayer(options.name, name, [x], (identity) =>
      isOwn(name)
        ? new Activation({ name: identity.name, activation: name })
        : layers.activation({ name: identity.name, activation: name as 'sigmoid' }),
    );
}

/** `max(0, x)`, element-wise. */
export function relu<R extends Rank = 4>(options: Named = {}): Block<R> {
  return activation<R>('relu', options);
}

/** Options of {@link leakyRelu}. */
export interface LeakyReluOptions extends Named {
  /** What values below 0 are multiplied by, at least 0. Default 0.01, as in PyTorch (TF.js' own layer has 0.3). */
  readonly slope?: number;
}

const leaky = defineOpLayer<{ readonly slope: number }>({
  className: 'LulcLeakyRelu',
  call: ([x], { slope }) => leakyReluOp(x, slope),
  outputShape: ([shape]) => shape,
});

/**
 * `x` above 0 and `slope · x` below, element-wise.
 *
 * @throws LulcError `invalid-argument` for a slope below 0
 */
export function leakyRelu<R extends Rank = 4>(options: LeakyReluOptions = {}): Block<R> {
  const { slope = 0.01 } = options;
  requireAtLeast(0, { slope });
  return (x) => applyLayer(options.name, 'leakyRelu', [x], ({ name }) => leaky(name, { slope }));
}
