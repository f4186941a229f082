import { LulcError, type LulcErrorWhere, type WeightArray } from '@lulc/core';
import type { ForeignWeights } from '../foreign.js';
import { type H5Node, type H5Value, openH5 } from './h5File.js';

/** Groups that hold the layers of a model. */
const containers = ['layers', '_layer_checkpoint_dependencies'];

/**
 * Reads the weights of an H5 file that Keras wrote: `model.save_weights('….weights.h5')` of Keras 3, the same of Keras 2,
 * and whole models (`model.save('….h5')`) of both.
 *
 * Names are the variables' own, `conv1_conv/kernel`. Keras 3's weight files number a layer's variables instead,
 * `conv1_conv/0`; layers inside of layers have the names of both. Whole numbers (counters, seeds) are left out.
 *
 * @param bytes the whole file
 * @param where where it comes from, for the errors
 * @throws LulcError `corrupt-file`; `unsupported-file` for an H5 file that Keras did not write, or with compressed
 * datasets
 */
export function readKerasH5(bytes: Uint8Array, where: LulcErrorWhere = {}): ForeignWeights {
  const file = openH5(bytes, where);
  const root = file.children.get('model_weights')?.() ?? file;
  const tensors = new Map<string, WeightArray>();
  if (textsOf(root, 'layer_names') !== undefined) addNamed(root, tensors, where);
  else addNumbered(root, undefined, tensors);
  if (tensors.size === 0) {
    throw new LulcError('unsupported-file', 'the H5 file holds no weights as Keras writes them', {
      where,
      hint: "Save them with model.save_weights('name.weights.h5').",
    });
  }
  return { tensors };
}

/** Keras 2, and whole models of Keras 3: attributes list the layers and the weights of each. */
function addNamed(root: H5Node, tensors: Map<string, WeightArray>, where: LulcErrorWhere): void {
  for (const layer of textsOf(root, 'layer_names') ?? []) {
    const group = root.children.get(layer)?.();
    const names = group && textsOf(group, 'weight_names');
    if (names === undefined) throw missing(`the layer '${layer}'`, where);
    const datasets = new Map(datasetsBelow(group as H5Node, ''));
    for (const name of names) {
      const value = datasets.get(name);
      if (value === undefined) throw missing(`'${name}' of the layer '${layer}'`, where);
      addFloats(tensors, name.replace(/:0$/, ''), value);
    }
  }
}

/**
 * Keras 3: each layer's group has its variables, numbered, in `vars`, whose attribute `name` is the layer's. Groups
 * themselves are named by class and number.
 *
 * @param owner path of the layer that holds this group's layer; `undefined` for the model itself
 * @param kind name of the group
 */
function addNumbered(group: H5Node, owner: string | undefined, tensors: Map<string, WeightArray>, kind = ''): void {
  const vars = group.children.get('vars')?.();
  const name = (vars && textsOf(vars, 'name')?.[0]) ?? kind;
  const path = owner === undefined ? '' : `${owner}${name}/`;
  for (const [index, open] of vars?.children ?? []) {
    const { value } = open();
    if (value !== undefined) addFloats(tensors, path + index, value);
  }
  for (const [child, open] of group.children) {
    if (child === 'vars' || child === 'optimizer') continue;
    if (!containers.includes(child)) addNumbered(open(), path, tensors, child);
    else for (const [layer, openLayer] of open().children) addNumbered(openLayer(), path, tensors, layer);
  }
}

function* datasetsBelow(group: H5Node, prefix: string): Generator<[string, H5Value]> {
  for (const [name, open] of group.children) {
    const node = open();
    if (node.value !== undefined) yield [prefix + name, node.value];
    else yield* datasetsBelow(node, `${prefix}${name}/`);
  }
}

/** Texts of an attribute that Keras spreads over several (`name0`, `name1`, …) where they are many. */
function textsOf({ attributes }: H5Node, name: string): string[] | undefined {
  const names = attributes.has(name) ? [name] : [];
  for (let part = 0; attributes.has(`${name}${part}`); part++) names.push(`${name}${part}`);
  if (names.length === 0) return undefined;
  return names.flatMap((key) => {
    const values = attributes.get(key)?.read();
    return Array.isArray(values) ? values : [];
  });
}

function addFloats(tensors: Map<string, WeightArray>, name: string, value: H5Value): void {
  if (!value.isFloat) return;
  const data = value.read();
  if (!Array.isArray(data)) tensors.set(name, { dtype: 'float32', shape: value.shape, data });
}

function missing(what: string, where: LulcErrorWhere): LulcError {
  return new LulcError('corrupt-file', `the H5 file lists ${what}, but does not have it`, { where });
}
