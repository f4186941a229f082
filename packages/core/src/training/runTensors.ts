import * as tf from '@tensorflow/tfjs-core';
import { LulcError } from '../errors/lulcError.js';
import type { WeightArray } from '../model/weightArray.js';
import { type ComposedKernel, runSeamKernel } from '../ops/kernelSeam.js';
import { type FlatVariables, flatVariables } from './flatVariables.js';
import { createLossScale, type LossScale, needsLossScale } from './lossScale.js';
import { createOptimizer, type Optimizer } from './optimizer.js';
import type { RunSettings } from './runSettings.js';
import type { NamedVariable } from './types.js';

/**
 * Kernel an engine may register: inputs `average, values` of one shape, attribute `keep`; output
 * `average + (values − average)(1 − keep)`. Not `keep·average + (1 − keep)·values`: that would let values which never
 * change (frozen layers) drift.
 */
export const EMA_STEP = 'EmaStep';

const composedEma: ComposedKernel = ({ average, values }, { keep }) => [
  tf.add(average, tf.mul(tf.sub(values, average), 1 - keep)),
];

/**
 * Everything of a run that lives in tensors: the model's own variables, the optimiser's vectors, the moving average and
 * the best weights. All of it goes into checkpoints.
 */
export interface RunTensors {
  /** The variables that get gradients. */
  readonly weights: FlatVariables;
  /** The optimiser bound to them. */
  readonly optimizer: Optimizer;
  /** Loss scaling, where it is used. */
  readonly lossScale: LossScale | undefined;
  /** Share of the old average that stays in a step; `step` is the number of steps done. */
  averageKeeps(step: number): number;
  /** Moves the average towards the current values, keeping that share of it. */
  updateAverage(keep: number): void;
  /** Runs `body` with the values to be judged in the variables: the average where there is one. */
  withJudged<T>(body: () => Promise<T>): Promise<T>;
  /** Takes the current values as the best. */
  keepBest(): void;
  /** Leaves the best, else the averaged, else the last values in the variables. */
  settle(restoreBest: boolean): void;
  /** All values on the host. */
  export(): Promise<ReadonlyMap<string, WeightArray>>;
  /**
   * Puts back what `export` gave.
   *
   * @throws LulcError `incompatible` when names or shapes differ
   */
  restore(tensors: ReadonlyMap<string, WeightArray>): void;
  /** Frees everything but the variables. */
  dispose(): void;
}

/** Binds optimiser, average and best weights to the variables of a run. */
export function createRunTensors(
  trained: readonly NamedVariable[],
  state: readonly NamedVariable[],
  { optimizer: spec, ema, lossScaling }: Pick<RunSettings, 'optimizer' | 'ema' | 'lossScaling'>,
): RunTensors {
  const weights = flatVariables(trained);
  const all = flatVariables([...trained, ...state]);
  const optimizer = createOptimizer(spec, weights);
  const scales = lossScaling === 'dynamic' || (lossScaling === 'auto' && needsLossScale());
  const lossScale = scales ? createLossScale() : undefined;
  const scaling = lossScale && flatVariables([{ name: 'lossScale', variable: lossScale.state }]);
  const copies: { ema?: tf.Variable<tf.Rank.R1>; best?: tf.Variable<tf.Rank.R1> } = {};
  // Variables, so that an engine which records a step sees that it changes them.
  const put = (name: keyof typeof copies, flat: tf.Tensor1D | undefined): void => {
    const known = copies[name];
    if (flat === undefined) {
      known?.dispose();
      copies[name] = undefined;
    } else if (known === undefined) {
      copies[name] = tf.variable(flat, false);
    } else {
      known.assign(flat);
    }
  };
  if (ema !== undefined) tf.tidy(() => put('ema', all.gather()));

  return {
    weights,
    optimizer,
    lossScale,
    averageKeeps: (step) =>
      ema === undefined ? 1 : ema.warmup ? Math.min(ema.decay, (1 + step) / (10 + step)) : ema.decay,
    updateAverage: (keep) => {
      const { ema: average } = copies;
      if (average === undefined) return;
      tf.tidy(() => {
        const [next] = runSeamKernel(EMA_STEP, composedEma, { average, values: all.gather() }, { keep });
        put('ema', next as tf.Tensor1D);
      });
    },
    withJudged: async (body) => {
      const { ema: average } = copies;
      if (average === undefined) return body();
      const last = all.gather();
      all.scatter(average);
      try {
        return await body();
      } finally {
        all.scatter(last);
        last.dispose();
      }
    },
    keepBest: () => {
      tf.tidy(() => put('best', all.gather()));
    },
    settle: (restoreBest) => {
      const final = (restoreBest ? copies.best : undefined) ?? copies.ema;
      if (final !== undefined) all.scatter(final);
    },
    export: async () => {
      const current = all.gather();
      const groups: [group: string, variables: FlatVariables, values: tf.Tensor1D][] = [
        ['model', all, current],
        ...optimizer.slots.map((name) => [name, weights, optimizer.slot(name)] as [string, FlatVariables, tf.Tensor1D]),
        ...(lossScale && scaling
          ? [['scaling', scaling, lossScale.state] as [string, FlatVariables, tf.Tensor1D]]
          : []),
        ...Object.entries(copies).flatMap(([name, flat]): [string, FlatVariables, tf.Tensor1D][] =>
          flat === undefined ? [] : [[name, all, flat]],
        ),
      ];
      // All reads are asked for at once, so that they belong to one moment.
      const read = await Promise.all(
        groups.map(async ([group, variables, values]) => ({
          group,
          variables,
          values: await values.data<'float32'>(),
        })),
      );
      current.dispose();
      return new Map(read.flatMap(({ group, variables, values }) => entries(group, variables, values)));
    },
    restore: (tensors) => {
      const read = (group: string, variables: FlatVariables): Float32Array => assemble(tensors, group, variables);
      const slots = Object.fromEntries(optimizer.slots.map((name) => [name, read(name, weights)]));
      const model = read('model', all);
      const average = ema === undefined ? undefined : read('ema', all);
      const best = [...tensors.keys()].some((name) => name.startsWith('best/')) ? read('best', all) : undefined;
      optimizer.restore(slots);
      // A run that goes on in another precision starts with the factor it would have started with.
      if (scaling && tensors.has('scaling/lossScale')) {
        const stored = read('scaling', scaling);
        tf.tidy(() => scaling.scatter(tf.tensor1d(stored)));
      }
      tf.tidy(() => {
        all.scatter(tf.tensor1d(model));
        put('ema', average && tf.tensor1d(average));
        put('best', best && tf.tensor1d(best));
      });
    },
    dispose: () => {
      optimizer.dispose();
      lossScale?.dispose();
      put('ema', undefined);
      put('best', undefined);
    },
  };
}

function entries(group: string, variables: FlatVariables, values: Float32Array): [string, WeightArray][] {
  const views = variables.views(values);
  return variables.entries.map(({ name, variable }) => [
    `${group}/${name}`,
    { dtype: 'float32', shape: variable.shape, data: views.get(name) as Float32Array },
  ]);
}

function assemble(tensors: ReadonlyMap<string, WeightArray>, group: string, variables: FlatVariables): Float32Array {
  const values = new Float32Array(variables.size);
  const views = variables.views(values);
  for (const { name, variable } of variables.entries) {
    const stored = tensors.get(`${group}/${name}`);
    if (stored?.dtype !== 'float32' || !tf.util.arraysEqual([...stored.shape], variable.shape)) {
      throw new LulcError(
        'incompatible',
        `the checkpoint ${stored ? `has shape [${stored.shape}] for` : 'lacks'} '${group}/${name}'`,
        {
          where: { variable: name, shape: `[${variable.shape}]` },
          hint: 'It belongs to another model; use another checkpoint folder.',
        },
      );
    }
    views.get(name)?.set(stored.data);
  }
  return values;
}
