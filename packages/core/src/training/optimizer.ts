import * as tf from '@tensorflow/tfjs-core';
import { LulcError, unknownName } from '../errors/lulcError.js';
import { type ComposedKernel, runSeamKernel } from '../ops/kernelSeam.js';
import type { FlatVariables } from './flatVariables.js';
import type { DecayTarget, OptimizerName, OptimizerSpec } from './optimizerSpec.js';

/**
 * Kernel an engine may register for `'sgd'`. Inputs, all `[n]`: `weights, gradient, momentum, decay` (0 or 1 each).
 * Attributes: `learningRate, momentum, nesterov` (0 or 1), `weightDecay`. Outputs: weights, momentum.
 */
export const FUSED_SGD_STEP = 'FusedSgdStep';

/**
 * Kernel an engine may register for `'adam'` and `'adamw'`. Inputs, all `[n]`: `weights, gradient, m, v, decay` (0 or 1
 * each). Attributes: `learningRate, beta1, beta2, epsilon, step` (from 1), `weightDecay, decoupled` (0 or 1). Outputs:
 * weights, m, v.
 */
export const FUSED_ADAM_STEP = 'FusedAdamStep';

/** One optimiser: which vectors it keeps, and how a step changes weights and vectors. */
interface UpdateRule {
  readonly kernel: string;
  /** Names of the vectors it keeps beside the weights; they start at 0. */
  readonly slots: readonly string[];
  readonly defaults: Readonly<Record<string, number>>;
  readonly composed: ComposedKernel;
}

/** `gradient + weightDecay·decay·weights`, or the gradient itself without decay. */
const withL2 = (gradient: tf.Tensor, weights: tf.Tensor, decay: tf.Tensor, weightDecay: number): tf.Tensor =>
  weightDecay === 0 ? gradient : tf.add(gradient, tf.mul(weights, tf.mul(decay, weightDecay)));

const sgd: ComposedKernel = ({ weights, gradient, momentum, decay }, a) => {
  const g = withL2(gradient, weights, decay, a.weightDecay);
  const velocity = tf.add(tf.mul(momentum, a.momentum), g);
  const direction = a.nesterov === 1 ? tf.add(g, tf.mul(velocity, a.momentum)) : velocity;
  return [tf.sub(weights, tf.mul(direction, a.learningRate)), velocity];
};

const adam: ComposedKernel = ({ weights, gradient, m, v, decay }, a) => {
  const g = a.decoupled === 1 ? gradient : withL2(gradient, weights, decay, a.weightDecay);
  const nextM = tf.add(tf.mul(m, a.beta1), tf.mul(g, 1 - a.beta1));
  const nextV = tf.add(tf.mul(v, a.beta2), tf.mul(tf.square(g), 1 - a.beta2));
  // p − lr·(m/c1)/(√(v/c2) + ε), the scalars drawn together.
  const root2 = Math.sqrt(1 - a.beta2 ** a.step);
  const rate = (a.learningRate * root2) / (1 - a.beta1 ** a.step);
  const change = tf.div(tf.mul(nextM, rate), tf.add(tf.sqrt(nextV), a.epsilon * root2));
  const kept =
    a.decoupled === 1 && a.weightDecay > 0
      ? tf.sub(weights, tf.mul(weights, tf.mul(decay, a.learningRate * a.weightDecay)))
      : weights;
  return [tf.sub(kept, change), nextM, nextV];
};

const adamDefaults = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

const rules: Readonly<Record<OptimizerName, UpdateRule>> = {
  sgd: {
    kernel: FUSED_SGD_STEP,
    slots: ['momentum'],
    defaults: { momentum: 0, nesterov: 0, weightDecay: 0 },
    composed: sgd,
  },
  adam: {
    kernel: FUSED_ADAM_STEP,
    slots: ['m', 'v'],
    defaults: { ...adamDefaults, weightDecay: 0, decoupled: 0 },
    composed: adam,
  },
  adamw: {
    kernel: FUSED_ADAM_STEP,
    slots: ['m', 'v'],
    defaults: { ...adamDefaults, weightDecay: 0.01, decoupled: 1 },
    composed: adam,
  },
};

const belowOne: readonly [(value: number) => boolean, string] = [
  (value) => value >= 0 && value < 1,
  'at least 0 and below 1',
];
const ranges: Readonly<Record<string, readonly [test: (value: number) => boolean, range: string]>> = {
  momentum: belowOne,
  beta1: belowOne,
  beta2: belowOne,
  epsilon: [(value) => value > 0, 'above 0'],
  weightDecay: [(value) => value >= 0, 'at least 0'],
  nesterov: [(value) => value === 0 || value === 1, 'true or false'],
};

/** A described optimiser with every default filled in, checked. Plain data. */
export interface ResolvedOptimizer {
  /** Which one. */
  readonly name: OptimizerName;
  /** Which variables decay. */
  readonly decayOn: DecayTarget;
  /** All its numbers; switches are 0 or 1. */
  readonly numbers: Readonly<Record<string, number>>;
}

/**
 * Fills in the defaults of a described optimiser and checks it.
 *
 * @param spec a name or a description
 * @throws LulcError `unknown-name`, or `invalid-argument` for a field outside its range
 */
export function resolveOptimizer(spec: OptimizerName | OptimizerSpec): ResolvedOptimizer {
  const { name, decayOn = 'weights', ...given } = typeof spec === 'string' ? { name: spec } : { ...spec };
  if (!Object.hasOwn(rules, name)) {
    throw unknownName('optimiser', name, Object.keys(rules));
  }
  if (decayOn !== 'weights' && decayOn !== 'all') {
    throw new LulcError('invalid-argument', `'decayOn' is '${decayOn}'; it must be 'weights' or 'all'`);
  }
  const numbers: Record<string, number> = { ...rules[name].defaults };
  for (const [field, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(numbers, field)) {
      throw new LulcError('unknown-name', `the optimiser '${name}' has no option '${field}'`);
    }
    const number = Number(value);
    const range = ranges[field];
    if (range !== undefined && !(Number.isFinite(number) && range[0](number))) {
      throw new LulcError('invalid-argument', `'${field}' of the optimiser is ${value}; it must be ${range[1]}`);
    }
    numbers[field] = number;
  }
  return { name, decayOn, numbers };
}

/** The factor on the learning rate of every value, or nothing where all are 1. */
function rateVector({ entries, join }: FlatVariables): tf.Tensor1D | undefined {
  if (entries.every(({ rate = 1 }) => rate === 1)) return undefined;
  return tf.tidy(() => tf.keep(join(entries.map(({ variable, rate = 1 }) => tf.fill(variable.shape, rate)))));
}

/** An optimiser bound to variables: it holds the flat weights and its own vectors. */
export interface Optimizer {
  /** Names of the vectors it keeps, e.g. `m` and `v`. */
  readonly slots: readonly string[];
  /**
   * Changes the variables by one step.
   *
   * @param gradient `[size]`, in variable order; not kept
   * @param learningRate of this step
   * @param step its number, from 1
   * @param finite scalar bool: when false, nothing changes
   */
  applyUpdate(gradient: tf.Tensor1D, learningRate: number, step: number, finite?: tf.Scalar): void;
  /** A vector it keeps, `[size]`; stays the optimiser's own. */
  slot(name: string): tf.Tensor1D;
  /** Puts back what was exported: a vector `[size]` per slot. The vectors are copied. */
  restore(slots: Readonly<Record<string, Float32Array>>): void;
  /** Frees its vectors; the variables stay. */
  dispose(): void;
}

/**
 * Binds an optimiser to variables. A step is: the rule's kernel on flat vectors, then one split into the variables. A
 * variable that the loss does not depend on has gradient 0. Where variables have rates of their own, the change that the
 * kernel makes is multiplied by them: every rule's step is proportional to its learning rate.
 *
 * @param resolved from {@link resolveOptimizer}
 * @param variables what it changes
 */
export function createOptimizer(resolved: ResolvedOptimizer, variables: FlatVariables): Optimizer {
  const { kernel, slots, composed } = rules[resolved.name];
  const decay = tf.tidy(() =>
    tf.keep(
      variables.join(
        variables.entries.map(({ variable }) =>
          resolved.decayOn === 'all' || variable.rank >= 2 ? tf.ones(variable.shape) : undefined,
        ),
      ),
    ),
  );
  const rates = rateVector(variables);
  // Variables, so that an engine which records a step sees that it changes them.
  const vectors = tf.tidy(() =>
    slots.map(() => tf.variable(tf.zeros([variables.size]), false) as tf.Variable<tf.Rank.R1>),
  );
  const replace = (next: readonly tf.Tensor[]): void => {
    next.forEach((tensor, i) => {
      vectors[i].assign(tensor as tf.Tensor1D);
    });
  };

  return {
    slots,
    applyUpdate: (gradient, learningRate, step, finite) => {
      tf.tidy(() => {
        const state = Object.fromEntries(slots.map((name, i) => [name, vectors[i]]));
        const before = variables.gather();
        const [full, ...slotsAfter] = runSeamKernel(
          kernel,
          composed,
          { weights: before, gradient, ...state, decay },
          { ...resolved.numbers, learningRate, step },
        );
        const moved = rates === undefined ? full : tf.add(before, tf.mul(tf.sub(full, before), rates));
        const after = [moved, ...slotsAfter];
        const [weights, ...next] =
          finite === undefined
            ? after
            : after.map((tensor, i) => tf.where(finite, tensor, i === 0 ? before : vectors[i - 1]));
        variables.scatter(weights as tf.Tensor1D);
        replace(next);
      });
    },
    slot: (name) => vectors[slots.indexOf(name)],
    restore: (values) => {
      tf.tidy(() => replace(slots.map((name) => tf.tensor1d(values[name].slice()))));
    },
    dispose: () => {
      tf.dispose([...vectors, decay, ...(rates === undefined ? [] : [rates])]);
    },
  };
}
