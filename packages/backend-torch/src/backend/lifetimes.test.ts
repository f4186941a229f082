import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { findAddon } from '../install/findAddon.js';
import { backendName, registerTorchBackend } from '../registerTorchBackend.js';
import type { TorchBackend } from './torchBackend.js';

/** Notes what lives at this moment, and values of tensors. */
type Look = (...tensors: tf.Tensor[]) => void;

/** Something done with tensors. `there` is the other backend; it begins and must end on `here`. */
type Scenario = (look: Look, here: string, there: string) => void;

const scenarios: Readonly<Record<string, Scenario>> = {
  'a tidy scope frees all but what it returns': (look) => {
    const x = tf.ones([3]);
    const y = tf.tidy(() => {
      const z = tf.exp(tf.mul(x, 2));
      look(z);
      return tf.add(z, tf.neg(z));
    });
    look(x, y);
  },
  'a nested scope, what it returns and what it keeps': (look) => {
    let kept = tf.scalar(0);
    tf.tidy(() => {
      const [a] = tf.tidy(() => {
        kept = tf.keep(tf.fill([5], 7));
        return [tf.sqrt(kept), tf.square(kept)];
      });
      look(a, kept);
    });
    look(kept);
    kept.dispose();
  },
  'a scope that throws': (look) => {
    expect(() =>
      tf.tidy(() => {
        tf.exp(tf.ones([100]));
        throw new Error('stop');
      }),
    ).toThrow('stop');
    look();
  },
  'an operation that is refused': (look) => {
    const x = tf.ones([2, 3]);
    expect(() => tf.tidy(() => tf.matMul(tf.exp(x) as tf.Tensor2D, tf.ones([2, 3])))).toThrow();
    look(x);
  },
  'a clone lives on': (look) => {
    const x = tf.tensor1d([1, 2, 3]);
    const y = x.clone();
    look(x, y);
    x.dispose();
    look(y);
    y.dispose();
    look();
  },
  'a reshaped tensor shares its values': (look) => {
    const x = tf.range(0, 12);
    const y = tf.reshape(x, [3, 4]);
    const z = tf.expandDims(y, 1);
    look(x, y, z);
    x.dispose();
    y.dispose();
    look(z);
    z.dispose();
    look();
  },
  'an operation on one of two that share': (look) => {
    const x = tf.range(0, 6);
    const y = tf.reshape(x, [2, 3]);
    const sum = tf.sum(y, 0);
    y.dispose();
    look(sum, tf.add(x, 1));
  },
  'a cast to the same type and to another': (look) => {
    const x = tf.tensor1d([0.5, 1.5, -2]);
    look(tf.cast(x, 'float32'), tf.cast(x, 'int32'), tf.cast(x, 'bool'));
  },
  'operations that change nothing': (look) => {
    const x = tf.ones([2, 3]);
    look(tf.transpose(x, [0, 1]), tf.slice(x, [0, 0], [2, 3]), tf.tile(x, [1, 1]), tf.clipByValue(x, 0, 9));
  },
  'dispose, twice': (look) => {
    const x = tf.ones([2]);
    x.dispose();
    x.dispose();
    expect(x.isDisposed).toBe(true);
    expect(() => tf.exp(x)).toThrow();
    expect(() => x.dataSync()).toThrow(/disposed/);
    look();
  },
  'dispose of lists and records': (look) => {
    const parts = tf.split(tf.ones([6, 2]), 3);
    look(...parts);
    tf.dispose({ list: parts, one: [tf.scalar(1)] });
    look();
  },
  'a variable, assigned': (look) => {
    const start = tf.zeros([4]);
    const variable = tf.variable(start);
    start.dispose();
    look(variable);
    const next = tf.ones([4]);
    variable.assign(next);
    look(variable);
    next.dispose();
    look(variable);
    tf.tidy(() => variable.assign(tf.add(variable, 1)));
    look(variable);
    variable.dispose();
    look();
  },
  'a variable outlives its scope': (look) => {
    const variable = tf.tidy(() => tf.variable(tf.mul(tf.ones([4]), 3)));
    look(variable);
    variable.dispose();
  },
  disposeVariables: (look) => {
    const variables = [1, 2, 3].map((value) => tf.variable(tf.scalar(value)));
    const shared = variables[1].clone();
    look(...variables);
    tf.disposeVariables();
    look(shared);
  },
  'gradients and an optimiser': (look) => {
    const weight = tf.variable(tf.tensor1d([1, 2]));
    const optimizer = tf.train.momentum(0.1, 0.9);
    const loss = () => tf.sum(tf.square(tf.sub(weight, [3, 4]))) as tf.Scalar;
    look(...tf.grads((a, b) => tf.mul(a, b))([weight, tf.ones([2])]));
    for (let i = 0; i < 3; i++) {
      optimizer.minimize(loss);
      look(weight);
    }
    optimizer.dispose();
    weight.dispose();
    look();
  },
  'a custom gradient': (look) => {
    const double = tf.customGrad((x, save) => {
      (save as tf.GradSaveFunc)([x as tf.Tensor]);
      return { value: tf.mul(x as tf.Tensor, 2), gradFunc: (dy: tf.Tensor, saved) => tf.mul(dy, saved[0]) };
    });
    look(tf.grad((x) => double(x))(tf.tensor1d([5, 6])));
  },
  'complex numbers and their parts': (look) => {
    const [re, im] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
    const z = tf.complex(re, im);
    look(z);
    re.dispose();
    im.dispose();
    look(z);
    const parts = [tf.real(z), tf.imag(z)];
    look(...parts);
    z.dispose();
    look(...parts);
    tf.dispose(parts);
    look();
  },
  'complex numbers that share': (look) => {
    const z = tf.complex([1, 2, 3, 4], [5, 6, 7, 8]);
    const y = tf.reshape(z, [2, 2]);
    const copy = z.clone();
    z.dispose();
    look(y, copy);
    y.dispose();
    look(copy);
    copy.dispose();
    look();
  },
  'computing with complex numbers in a scope': (look) => {
    const z = tf.complex([1, 2], [3, 4]);
    look(tf.tidy(() => tf.abs(tf.mul(tf.add(z, z), z))));
    look(z);
  },
  'strings that share': (look) => {
    const x = tf.tensor(['forest', 'water', 'urban', 'crop']);
    const y = tf.reshape(x, [2, 2]);
    x.dispose();
    look(y);
    y.dispose();
    look();
  },
  'a tensor used on another backend moves there': (look, here, there) => {
    const x = tf.tensor1d([1, 2, 3]);
    tf.setBackend(there);
    look(tf.add(x, 1));
    tf.setBackend(here);
    look(tf.mul(x, 2));
    x.dispose();
    look();
  },
  'tensors that share move together': (look, here, there) => {
    const x = tf.range(0, 6);
    const y = tf.reshape(x, [2, 3]);
    tf.setBackend(there);
    const sum = tf.sum(y);
    look(sum);
    x.dispose();
    look(y);
    tf.setBackend(here);
    look(tf.sum(y, 1));
    y.dispose();
    look(sum);
  },
  'a variable is moved, and assigned there': (look, here, there) => {
    const variable = tf.variable(tf.ones([3]));
    tf.setBackend(there);
    tf.tidy(() => variable.assign(tf.add(variable, 1)));
    look(variable);
    tf.setBackend(here);
    tf.tidy(() => variable.assign(tf.mul(variable, 5)));
    look(variable);
    variable.dispose();
    look();
  },
  'a tensor is read where it is not at home': (look, here, there) => {
    const x = tf.tensor2d([[1], [2]]);
    tf.setBackend(there);
    look(x);
    x.dispose();
    look();
    tf.setBackend(here);
  },
  'both inputs of an operation come from elsewhere': (look, here, there) => {
    const [a, b] = [tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])];
    tf.setBackend(there);
    look(tf.matMul(a, b), tf.concat([a, tf.transpose(b)]), tf.square(a));
    tf.setBackend(here);
    look(tf.matMul(a, b));
  },
  'a gradient over tensors from elsewhere': (look, here, there) => {
    const x = tf.tensor1d([1, 2]);
    tf.setBackend(there);
    look(tf.grad((v) => tf.sum(tf.mul(v, tf.exp(v))))(x));
    tf.setBackend(here);
    look(x);
  },
  'strings from elsewhere': (look, here, there) => {
    const x = tf.tensor(['a', 'b']);
    tf.setBackend(there);
    look(tf.reshape(x, [2, 1]));
    tf.setBackend(here);
    look(x);
  },
};

const own = (backend: string) => tf.findBackend(backend) as tf.KernelBackend;

/** What a scenario saw at every look. */
function seen(scenario: Scenario, here: string, there: string): unknown[] {
  tf.setBackend(here);
  const numbers = () => {
    const { numTensors, numDataBuffers, numBytes } = tf.memory();
    return { numTensors, numDataBuffers, numBytes, here: own(here).numDataIds(), there: own(there).numDataIds() };
  };
  const begin = numbers();
  const since = () => {
    const now = numbers();
    return Object.fromEntries(Object.entries(begin).map(([key, value]) => [key, now[key as keyof typeof now] - value]));
  };
  const looks: unknown[] = [];
  tf.engine().startScope();
  scenario((...tensors) => looks.push({ ...since(), values: tensors.map((x) => [...x.dataSync()]) }), here, there);
  tf.engine().endScope();
  looks.push({ left: since() });
  return looks;
}

describe.skipIf(findAddon() === undefined)('tensors live and die as on the cpu backend', () => {
  beforeAll(async () => {
    await registerTorchBackend();
  });

  it.each(Object.entries(scenarios))('%s', (_, scenario) => {
    const torch = own(backendName) as TorchBackend;
    const onlyInJavaScript = () => torch.numDataIds() - torch.addon.statistics().tensors;
    const before = onlyInJavaScript();
    const found = seen(scenario, backendName, 'cpu');
    expect(found).toEqual(seen(scenario, 'cpu', backendName));
    expect(onlyInJavaScript()).toBe(before);
  });
});
