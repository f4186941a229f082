import { serialization } from '@tensorflow/tfjs-core';
import { type LayersModel, type LayerVariable, layers, models } from '@tensorflow/tfjs-layers';
import { isLulcError, LulcError, type LulcErrorWhere } from '../errors/lulcError.js';
import { type JsonReaders, jsonReaders } from './json.js';

/** More layers than any network has; bounds the work of checking a graph whose layers stand in the worst order. */
const maximumCalls = 10_000;
const maximumDepth = 64;

/**
 * Builds a model from a topology that came from outside.
 *
 * TensorFlow.js trusts a topology: a layer whose input does not exist makes it loop for ever, and a layer may ask for
 * weights of any size. So the graph is checked first, and the weights that are made while building may not exceed those
 * that the file holds.
 *
 * @param topology parsed JSON as `LayersModel.toJSON` writes it
 * @param maximumValues number of weight values that the file holds
 * @throws LulcError `corrupt-file` for an inconsistent topology, `unsupported-file` for a layer class that is not
 * registered
 */
export async function buildModel(
  topology: unknown,
  maximumValues: number,
  where: LulcErrorWhere,
): Promise<LayersModel> {
  const config = checkTopology(topology, where);
  const budget = weightBudget(maximumValues, where);
  try {
    // The layers are made before the first await inside, so no other code runs while weights are counted.
    const building = budget.during(() => models.modelFromJSON({ modelTopology: { model_config: config } } as never));
    const built = await building;
    if (!('predict' in built)) throw new LulcError('corrupt-file', 'the topology is not that of a model', { where });
    return built;
  } catch (cause) {
    budget.dispose();
    if (isLulcError(cause)) throw cause;
    throw new LulcError('corrupt-file', 'the model cannot be built from its topology', { where, cause });
  }
}

/**
 * Checks classes and graph of a topology, nested models included.
 *
 * @returns the part that describes the model
 */
function checkTopology(topology: unknown, where: LulcErrorWhere): unknown {
  const read = jsonReaders('model topology', where);
  const outer = read.record(topology, 'topology');
  const config = outer.model_config ?? outer;
  checkClass(read.record(config, 'topology'), read, 'topology', where);
  walk(config, read, 'topology', where, 0);
  return config;
}

/** Visits every value, since a model may be nested anywhere: in a list of layers or inside a wrapper layer. */
function walk(value: unknown, read: JsonReaders, path: string, where: LulcErrorWhere, depth: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth > maximumDepth) read.fail(path, `nested at most ${maximumDepth} deep`);
  if (!Array.isArray(value)) {
    const fields = value as Fields;
    checkSpelling(fields, read, path);
    if (Array.isArray(fields.layers)) checkGraph(fields, read, path, where);
  }
  for (const [key, inner] of Object.entries(value)) walk(inner, read, `${path}.${key}`, where, depth + 1);
}

type Fields = Readonly<Record<string, unknown>>;

const structural: Readonly<Record<string, string>> = {
  className: 'class_name',
  config: 'config',
  name: 'name',
  layers: 'layers',
  inboundNodes: 'inbound_nodes',
  inputLayers: 'input_layers',
  outputLayers: 'output_layers',
};

/** TensorFlow.js takes `inbound__nodes` or `inboundNodes` for `inbound_nodes`: only one spelling may pass unchecked. */
function checkSpelling(fields: Fields, read: JsonReaders, path: string): void {
  for (const key of Object.keys(fields)) {
    const meant = key.replace(/_+(\w|$)/g, (_, next: string) => next.toUpperCase());
    if (Object.hasOwn(structural, meant) && structural[meant] !== key) {
      read.fail(`${path}.${key}`, `spelt ${structural[meant]}`);
    }
  }
}

function checkClass(layer: Fields, read: JsonReaders, path: string, where: LulcErrorWhere): void {
  const className = read.text(256)(layer.class_name, `${path}.class_name`);
  if (!Object.hasOwn(serialization.SerializationMap.getMap().classNameMap, className)) {
    throw new LulcError('unsupported-file', `the model has a layer of the unknown class '${className}'`, {
      where,
      hint: 'Import the package that defines it before loading the model.',
    });
  }
}

/** Where a tensor comes from: layer name and number of the layer's call. */
type Origin = readonly [layer: string, call: number];

/** Every call must have inputs that can be made before it; the model's ends must be among the calls. */
function checkGraph(config: Fields, read: JsonReaders, path: string, where: LulcErrorWhere): void {
  const children = read.list(read.record, maximumCalls)(config.layers, `${path}.layers`);
  children.forEach((child, index) => {
    checkClass(child, read, `${path}.layers[${index}]`, where);
  });
  if (children.every((child) => child.inbound_nodes === undefined)) return;

  const origin = (value: unknown, at: string): Origin => {
    const parts = read.list((part) => part, 4)(value, at);
    return [read.text()(parts[0], `${at}[0]`), read.count(parts[1], `${at}[1]`)];
  };
  const origins = read.list(origin, maximumCalls);
  const calls = new Map<string, number>();
  let waiting: { name: string; inputs: readonly Origin[] }[] = [];
  for (const child of children) {
    const name = read.text()(child.name, `${path}: a layer's name`);
    const inner = read.record(child.config, `${path}: '${name}'.config`);
    if (calls.has(name) || inner.name !== name) read.fail(`${path}: '${name}'`, 'the name of one layer and its config');
    calls.set(name, child.class_name === 'InputLayer' || Array.isArray(inner.layers) ? 1 : 0);
    const nodes = read.list(origins, maximumCalls)(child.inbound_nodes, `${path}: '${name}'.inbound_nodes`);
    for (const inputs of nodes) if (inputs.length > 0) waiting.push({ name, inputs });
  }
  if (waiting.length > maximumCalls) read.fail(`${path}.layers`, `called at most ${maximumCalls} times`);

  const ready = ([name, call]: Origin): boolean => call < (calls.get(name) ?? 0);
  while (waiting.length > 0) {
    const blocked = waiting.filter(({ name, inputs }) => {
      if (!inputs.every(ready)) return true;
      calls.set(name, (calls.get(name) ?? 0) + 1);
      return false;
    });
    if (blocked.length === waiting.length) {
      read.fail(`${path}: the inputs of '${blocked[0].name}'`, 'made by layers before it');
    }
    waiting = blocked;
  }
  for (const end of ['input_layers', 'output_layers'] as const) {
    for (const from of origins(config[end], `${path}.${end}`)) {
      if (!ready(from)) read.fail(`${path}.${end}`, `calls that exist, not '${from[0]}'`);
    }
  }
}

/** Counts and bounds the weights made while a model is built, and frees them when it cannot be finished. */
function weightBudget(maximumValues: number, where: LulcErrorWhere) {
  const made: LayerVariable[] = [];
  let left = maximumValues;
  return {
    during<T>(build: () => T): T {
      const prototype = layers.Layer.prototype as unknown as { addWeight: AddWeight };
      const original = prototype.addWeight;
      prototype.addWeight = function (this: layers.Layer, name, shape, ...rest) {
        left -= shape.reduce((size, side) => size * side, 1);
        if (!(left >= 0)) {
          throw new LulcError('corrupt-file', 'the topology asks for more weights than the file holds', {
            where: { ...where, layer: this.name },
          });
        }
        this.setFastWeightInitDuringBuild(true);
        const weight = original.call(this, name, shape, ...rest);
        made.push(weight);
        return weight;
      };
      try {
        return build();
      } finally {
        prototype.addWeight = original;
      }
    },
    dispose(): void {
      for (const weight of made) weight.dispose();
    },
  };
}

type AddWeight = (this: layers.Layer, name: string, shape: number[], ...rest: unknown[]) => LayerVariable;
