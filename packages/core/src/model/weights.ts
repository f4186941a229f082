import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { LulcError } from '../errors/lulcError.js';
import type { WeightArray, WeightType } from './weightArray.js';

/** How given weights met a model's weights, by path. */
export interface LoadReport {
  /** Set from the given weights. */
  readonly loaded: readonly string[];
  /** In the model, but not given. */
  readonly missing: readonly string[];
  /** Given, but not in the model. */
  readonly unexpected: readonly string[];
  /** In both, with different shapes or number types; left as they were. */
  readonly mismatched: readonly WeightMismatch[];
}

/** A weight that is described differently by a model and by what was given for it. */
export interface WeightMismatch {
  /** Path of the weight. */
  readonly path: string;
  /** What the model has, e.g. `'float32 [3,3,10,32]'`. */
  readonly expected: string;
  /** What was given. */
  readonly found: string;
}

/** Options of {@link loadWeights}. */
export interface LoadWeightsOptions {
  /** Demand that both sides fit exactly, else change nothing and throw; default true. */
  readonly strict?: boolean;
}

/**
 * The paths of all weights of a model, in the model's order: layer path, a slash, and the name of the weight
 * (`stem/conv/kernel`, `stem/bn/moving_mean`). They are the same in every process and the key of every file format.
 *
 * Layouts: convolution kernels `[height, width, in, out]`, depthwise kernels `[height, width, in, multiplier]`, dense
 * kernels `[in, out]`, everything else one value per channel.
 */
export function weightPaths(model: LayersModel): string[] {
  return [...variablesByPath(model).keys()];
}

/**
 * The current values of all weights of a model, by path.
 *
 * @throws LulcError `duplicate-name` when two weights have one path, `invalid-argument` for a disposed model
 */
export async function weightArrays(model: LayersModel): Promise<Map<string, WeightArray>> {
  // All reads are asked for at once, before anything else can change a weight: the values belong to one moment.
  const reads = [...variablesByPath(model)].map(async ([path, variable]) => {
    const tensor = readVariable(variable);
    const array: WeightArray = {
      dtype: tensor.dtype as WeightType,
      shape: tensor.shape,
      data: (await tensor.data()) as WeightArray['data'],
    };
    return [path, array] as const;
  });
  return new Map(await Promise.all(reads));
}

/**
 * Sets a model's weights from arrays by path.
 *
 * @param model any layers model
 * @param tensors arrays by weight path, as `loadTensors` or {@link weightArrays} give them
 * @param options `strict: false` sets what fits and reports the rest
 * @returns what was set and what was not
 * @throws LulcError `incompatible` when strict and anything is missing, unexpected or mismatched; the model is then
 * unchanged
 * @example
 * ```ts
 * import { input, layers, model } from '@tensorflow/tfjs-layers';
 * import { loadWeights, useEngine } from '@lulc/core';
 *
 * await useEngine();
 * const x = input({ shape: [2] });
 * const net = model({ inputs: x, outputs: layers.dense({ units: 1, useBias: false, name: 'head' }).apply(x) as typeof x });
 * const report = loadWeights(net, new Map([
 *   ['head/kernel', { dtype: 'float32', shape: [2, 1], data: new Float32Array([1, 2]) }],
 * ]));
 * console.log(report.loaded); // ['head/kernel']
 * ```
 */
export function loadWeights(
  model: LayersModel,
  tensors: ReadonlyMap<string, WeightArray>,
  { strict = true }: LoadWeightsOptions = {},
): LoadReport {
  const variables = variablesByPath(model);
  const fitting: [string, LayerVariable, WeightArray][] = [];
  const missing: string[] = [];
  const mismatched: WeightMismatch[] = [];
  for (const [path, variable] of variables) {
    const given = tensors.get(path);
    const expected = describe(variable.dtype as WeightType, variable.shape as number[]);
    const found = given && describe(given.dtype, given.shape);
    if (given === undefined) missing.push(path);
    else if (found !== undefined && found !== expected) mismatched.push({ path, expected, found });
    else fitting.push([path, variable, given]);
  }
  const report: LoadReport = {
    loaded: fitting.map(([path]) => path),
    missing,
    unexpected: [...tensors.keys()].filter((path) => !variables.has(path)),
    mismatched,
  };
  if (strict && fitting.length < Math.max(variables.size, tensors.size)) throw misfit(model, report);
  for (const [, variable, { data, shape, dtype }] of fitting) {
    const tensor = tf.tensor(data.slice(), [...shape], dtype);
    variable.write(tensor);
    tensor.dispose();
  }
  return report;
}

function readVariable(variable: LayerVariable): tf.Tensor {
  try {
    return variable.read();
  } catch (cause) {
    throw new LulcError('invalid-argument', 'the model was disposed', {
      where: { weight: variable.originalName },
      cause,
    });
  }
}

function variablesByPath(model: LayersModel): Map<string, LayerVariable> {
  const variables = new Map<string, LayerVariable>();
  for (const variable of model.weights) {
    if (variables.has(variable.originalName)) {
      throw new LulcError('duplicate-name', `two weights have the path '${variable.originalName}'`, {
        where: { model: model.name },
        hint: 'Give every layer of the model a name of its own.',
      });
    }
    variables.set(variable.originalName, variable);
  }
  return variables;
}

function describe(dtype: WeightType, shape: readonly number[]): string {
  return `${dtype} [${shape}]`;
}

function misfit(model: LayersModel, { missing, unexpected, mismatched, loaded }: LoadReport): LulcError {
  const some = (what: string, entries: readonly string[]) =>
    entries.length === 0
      ? []
      : [`${entries.length} ${what} (${entries.slice(0, 3).join(', ')}${entries.length > 3 ? ', …' : ''})`];
  const shapes = mismatched.map(({ path, expected, found }) => `${path}: model ${expected}, given ${found}`);
  const parts = [...some('missing', missing), ...some('not in the model', unexpected), ...some('different', shapes)];
  return new LulcError('incompatible', `the weights do not fit the model: ${parts.join('; ')}`, {
    where: { model: model.name, fitting: loaded.length },
    hint: 'Build the model with the options the weights were made with, or pass strict: false to take what fits.',
  });
}
