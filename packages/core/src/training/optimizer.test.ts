import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers'; // registers TF.js' gradients
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { random } from '../random/random.js';
import { flatVariables } from './flatVariables.js';
import { createOptimizer, FUSED_ADAM_STEP, resolveOptimizer } from './optimizer.js';
import type { OptimizerSpec } from './optimizerSpec.js';
import type { NamedVariable } from './types.js';

const shapes = { kernel: [3, 2], bias: [2], scale: [] } as const;
const steps = 12;
const learningRate = 0.05;
const draws = random(5);
const start = Object.values(shapes).map((shape) =>
  Array.from({ length: tf.util.sizeFromShape([...shape]) }, draws.normal),
);
const gradients = Array.from({ length: steps }, () => start.map((values) => values.map(() => draws.normal())));

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function variables(): NamedVariable[] {
  const create = (values: number[], shape: readonly number[]) =>
    tf.tidy(() => tf.variable(tf.tensor(values, [...shape])));
  return Object.entries(shapes).map(([name, shape], i) => ({ name, variable: create(start[i], shape) }));
}

/** Runs a described optimiser over the gradients and returns the values of all variables. */
function run(spec: OptimizerSpec, until = steps): number[][] {
  const entries = variables();
  const flat = flatVariables(entries);
  const optimizer = createOptimizer(resolveOptimizer(spec), flat);
  gradients.slice(0, until).forEach((step, i) => {
    tf.tidy(() => {
      optimizer.applyUpdate(flat.join(step.map((values) => tf.tensor1d(values))), learningRate, i + 1);
    });
  });
  const result = entries.map(({ variable }) => Array.from(variable.dataSync()));
  optimizer.dispose();
  for (const { variable } of entries) variable.dispose();
  return result;
}

/** The published update rules, one value at a time, in doubles. */
const published: {
  readonly [Name in OptimizerSpec['name']]: (
    p: number,
    gs: number[],
    o: Required<OptimizerSpec>,
    decay: number,
  ) => number;
} = {
  sgd: (start, gs, spec, decay) => {
    const { momentum, nesterov, weightDecay } = spec as Required<Extract<OptimizerSpec, { name: 'sgd' }>>;
    let p = start;
    let velocity = 0;
    for (const raw of gs) {
      const g = raw + decay * weightDecay * p;
      velocity = momentum * velocity + g;
      p -= learningRate * (nesterov ? g + momentum * velocity : velocity);
    }
    return p;
  },
  adam: (start, gs, spec, decay) => adamInDoubles(start, gs, spec as never, (g, p, wd) => [g + decay * wd * p, p]),
  adamw: (start, gs, spec, decay) =>
    adamInDoubles(start, gs, spec as never, (g, p, wd) => [g, p * (1 - learningRate * decay * wd)]),
};

function adamInDoubles(
  start: number,
  gs: number[],
  { beta1, beta2, epsilon, weightDecay }: Required<Extract<OptimizerSpec, { name: 'adam' }>>,
  decayed: (g: number, p: number, weightDecay: number) => [number, number],
): number {
  let [p, m, v] = [start, 0, 0];
  gs.forEach((raw, i) => {
    const [g, kept] = decayed(raw, p, weightDecay);
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    p = kept - (learningRate * (m / (1 - beta1 ** (i + 1)))) / (Math.sqrt(v / (1 - beta2 ** (i + 1))) + epsilon);
  });
  return p;
}

const adamNumbers = { beta1: 0.8, beta2: 0.95, epsilon: 1e-3 };
const specs: readonly Required<OptimizerSpec>[] = [
  { name: 'sgd', momentum: 0, nesterov: false, weightDecay: 0, decayOn: 'weights' },
  { name: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 0.1, decayOn: 'all' },
  { name: 'sgd', momentum: 0.99, nesterov: true, weightDecay: 0.1, decayOn: 'weights' },
  { name: 'adam', ...adamNumbers, weightDecay: 0, decayOn: 'weights' },
  { name: 'adam', ...adamNumbers, weightDecay: 0.2, decayOn: 'weights' },
  { name: 'adamw', ...adamNumbers, weightDecay: 0.2, decayOn: 'weights' },
  { name: 'adamw', ...adamNumbers, weightDecay: 0.2, decayOn: 'all' },
];

describe.each(specs)('%o', (spec) => {
  it('follows the published rule; biases and scales decay only when asked', () => {
    const got = run(spec);
    Object.values(shapes).forEach((shape, i) => {
      const decay = spec.decayOn === 'all' || shape.length >= 2 ? 1 : 0;
      start[i].forEach((value, j) => {
        const expected = published[spec.name](
          value,
          gradients.map((step) => step[i][j]),
          spec,
          decay,
        );
        expect(got[i][j]).toBeCloseTo(expected, 4);
      });
    });
  });

  it('goes on from exported vectors bit for bit, without leaking tensors', () => {
    const before = tf.memory().numTensors;
    const entries = variables();
    const flat = flatVariables(entries);
    let optimizer = createOptimizer(resolveOptimizer(spec), flat);
    gradients.forEach((step, i) => {
      if (i === 5) {
        const slots = Object.fromEntries(
          optimizer.slots.map((name) => [name, optimizer.slot(name).dataSync() as Float32Array]),
        );
        optimizer.dispose();
        optimizer = createOptimizer(resolveOptimizer(spec), flat);
        optimizer.restore(slots);
      }
      tf.tidy(() => {
        optimizer.applyUpdate(flat.join(step.map((values) => tf.tensor1d(values))), learningRate, i + 1);
      });
    });
    expect(entries.map(({ variable }) => Array.from(variable.dataSync()))).toEqual(run(spec));
    optimizer.dispose();
    for (const { variable } of entries) variable.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('against the optimisers of TF.js', () => {
  it.each([
    ['adam', () => tf.train.adam(learningRate, 0.9, 0.999, 1e-7), { name: 'adam' }],
    ['momentum', () => tf.train.momentum(learningRate, 0.9, false), { name: 'sgd', momentum: 0.9 }],
    ['nesterov', () => tf.train.momentum(learningRate, 0.9, true), { name: 'sgd', momentum: 0.9, nesterov: true }],
  ] as const)('%s', (_, create, spec) => {
    const entries = variables();
    const theirs = create();
    for (const step of gradients) {
      theirs.applyGradients(
        entries.map(({ variable }, i) => ({ name: variable.name, tensor: tf.tensor(step[i], variable.shape) })),
      );
    }
    const got = run(spec as OptimizerSpec);
    entries.forEach(({ variable }, i) => {
      variable.dataSync().forEach((value, j) => {
        expect(got[i][j]).toBeCloseTo(value, 5);
      });
    });
  });
});

describe('defaults and errors', () => {
  it('AdamW decays by 0.01 and leaves biases alone', () => {
    expect(resolveOptimizer('adamw')).toEqual({
      name: 'adamw',
      decayOn: 'weights',
      numbers: { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weightDecay: 0.01, decoupled: 1 },
    });
  });

  it.each([
    [{ name: 'adan' }, 'unknown-name', /Did you mean 'adam'/],
    [{ name: 'sgd', beta1: 0.9 }, 'unknown-name', /no option 'beta1'/],
    [{ name: 'sgd', momentum: 1 }, 'invalid-argument', /momentum/],
    [{ name: 'sgd', nesterov: 'yes' }, 'invalid-argument', /nesterov/],
    [{ name: 'adam', epsilon: 0 }, 'invalid-argument', /epsilon/],
    [{ name: 'adamw', weightDecay: Number.NaN }, 'invalid-argument', /weightDecay/],
    [{ name: 'adamw', decayOn: 'biases' }, 'invalid-argument', /decayOn/],
  ])('refuses %j', (spec, code, message) => {
    expect(() => resolveOptimizer(spec as OptimizerSpec)).toThrow(expect.objectContaining({ code }));
    expect(() => resolveOptimizer(spec as OptimizerSpec)).toThrow(message);
  });

  it('refuses two variables with one name', () => {
    const [one] = variables();
    expect(() => flatVariables([one, one])).toThrow(expect.objectContaining({ code: 'duplicate-name' }));
  });
});

describe('the kernel seam', () => {
  beforeEach(() => {
    const registered = tf.getKernel(FUSED_ADAM_STEP, 'cpu');
    if (registered !== undefined) tf.unregisterKernel(FUSED_ADAM_STEP, 'cpu');
    return () => {
      tf.unregisterKernel(FUSED_ADAM_STEP, 'cpu');
      if (registered !== undefined) tf.registerKernel(registered);
    };
  });

  it("uses an engine's own kernel where it has one", () => {
    const seen: Record<string, unknown>[] = [];
    tf.registerKernel({
      kernelName: FUSED_ADAM_STEP,
      backendName: 'cpu',
      kernelFunc: ({ inputs, attrs }) => {
        seen.push(attrs as Record<string, unknown>);
        const { weights, m, v } = inputs as tf.NamedTensorMap;
        return [tf.fill(weights.shape, 7), tf.zeros(m.shape), tf.zeros(v.shape)];
      },
    });
    expect(run({ name: 'adamw' }, 2).flat()).toEqual(new Array(9).fill(7));
    expect(seen.map(({ step, decoupled }) => [step, decoupled])).toEqual([
      [1, 1],
      [2, 1],
    ]);
  });
});

describe('rates of variables', () => {
  const rates = { kernel: 0.25, bias: 1, scale: 0 };

  it.each(specs)('are factors on the learning rate: %o', (spec) => {
    const follow = (rate: (name: string) => number, factor: (name: string) => number) => {
      const entries = variables().map((entry) => ({ ...entry, rate: rate(entry.name) }));
      return entries.map((entry, index) => {
        const flat = flatVariables(entries.slice(index, index + 1));
        const optimizer = createOptimizer(resolveOptimizer(spec), flat);
        gradients.forEach((step, i) => {
          tf.tidy(() =>
            optimizer.applyUpdate(flat.join([tf.tensor1d(step[index])]), learningRate * factor(entry.name), i + 1),
          );
        });
        return [...entry.variable.dataSync()];
      });
    };
    const of = (name: string) => rates[name as keyof typeof rates];
    const got = follow(of, () => 1);
    follow(() => 1, of).forEach((values, i) => {
      values.forEach((value, j) => {
        expect(got[i][j]).toBeCloseTo(value, 5);
      });
    });
    expect(got[2]).toEqual(start[2].map(Math.fround));
  });

  it('are exact where the numbers are', () => {
    const entries = [0.5, 0.125].map((rate, i) => ({
      name: `${i}`,
      variable: tf.variable(tf.tensor1d([4, -2])),
      rate,
    }));
    const flat = flatVariables(entries);
    const optimizer = createOptimizer(resolveOptimizer('sgd'), flat);
    tf.tidy(() => optimizer.applyUpdate(tf.tensor1d([1, 2, -8, 0.5]), 0.25, 1));
    expect(entries.map(({ variable }) => [...variable.dataSync()])).toEqual([
      [4 - 0.125, -2 - 0.25],
      [4 + 0.25, -2 - 0.015625],
    ]);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuse %f', (rate) => {
    const entries = variables().map((entry) => ({ ...entry, rate }));
    expect(() => flatVariables(entries)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
});
