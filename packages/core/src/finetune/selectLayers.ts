import type { LayersModel, layers, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { unknownName } from '../errors/lulcError.js';

/**
 * Names layers of a model by their paths:
 *
 * - a text: the layer of that path and all layers below it (`'stage3'` is `stage3` and `stage3/block1/conv1`); `*` stands
 *   for any part of a path segment (`'stage*'`), `**` for any number of segments (`'**'` is every layer);
 * - a regular expression or a function, asked for every layer path;
 * - `{ until: path }`: all layers that those of that path are computed from, these themselves left out (`{ until: 'head' }`
 *   is the whole backbone);
 * - a list: what any of its entries names.
 */
export type LayerSelector =
  | string
  | RegExp
  | ((path: string) => boolean)
  | {
      /** Path (or pattern) of the first layers that are not named. */
      readonly until: string;
    }
  | readonly LayerSelector[];

/**
 * The layers with weights that a selector names, in the model's order, those of nested models included.
 *
 * @throws LulcError `unknown-name` when it, or an entry of a list, names none
 */
export function selectLayers(model: LayersModel, selector: LayerSelector): readonly layers.Layer[] {
  const weighted = weightedLayers(model);
  if (isList(selector)) {
    const chosen = new Set(selector.flatMap((entry) => selectLayers(model, entry)));
    return weighted.filter((layer) => chosen.has(layer));
  }
  const matches = isUntil(selector) ? isBefore(model, selector.until) : pathTest(selector);
  const chosen = weighted.filter(({ name }) => matches(name));
  if (chosen.length > 0) return chosen;
  const name = isUntil(selector) ? selector.until : String(selector);
  throw unknownName('layers with weights under', name, topPaths(weighted), { model: model.name });
}

/** The layers of a model that have weights, in order; a nested model is seen as its layers. */
export function weightedLayers(model: LayersModel): readonly layers.Layer[] {
  return leaves(model).filter(({ weights }) => weights.length > 0);
}

/** The layer that each weight belongs to, by the weight's path: some layers name their weights with folders of their own. */
export function layersOfWeights(model: LayersModel): ReadonlyMap<string, layers.Layer> {
  return new Map(
    weightedLayers(model).flatMap((layer) =>
      layer.weights.map(({ originalName }): [string, layers.Layer] => [originalName, layer]),
    ),
  );
}

/** A test of layer paths. */
export function pathTest(selector: string | RegExp | ((path: string) => boolean)): (path: string) => boolean {
  if (typeof selector === 'function') return selector;
  if (typeof selector !== 'string') return (path) => path.search(selector) >= 0;
  const pattern = selector
    .split(/(\*\*\/?|\*)/)
    .map((part) => wildcards[part] ?? part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .join('');
  const expression = new RegExp(`^${pattern}(/.*)?$`);
  return (path) => expression.test(path);
}

const wildcards: Readonly<Record<string, string>> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*' };

/** Whether a layer is computed before, and for, the layers of a path. */
function isBefore(model: LayersModel, path: string): (name: string) => boolean {
  const isEnd = pathTest(path);
  const before = new Set<string>();
  const seen = new Map<SymbolicTensor, boolean>();
  const pending: [SymbolicTensor, boolean][] = model.outputs.map((output) => [output, false]);
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [tensor, isUpstream] = next;
    const known = seen.get(tensor);
    if (known === true || known === isUpstream) continue;
    seen.set(tensor, isUpstream);
    const layer = tensor.sourceLayer;
    if (isUpstream) for (const { name } of leaves(layer)) before.add(name);
    pending.push(...tensor.inputs.map((input): [SymbolicTensor, boolean] => [input, isUpstream || isEnd(layer.name)]));
  }
  return (name) => before.has(name) && !isEnd(name);
}

function leaves(layer: layers.Layer): readonly layers.Layer[] {
  const inner = (layer as unknown as { readonly layers?: readonly layers.Layer[] }).layers;
  return inner === undefined ? [layer] : inner.flatMap(leaves);
}

/** The first segment of every path. */
function topPaths(weighted: readonly layers.Layer[]): readonly string[] {
  return [...new Set(weighted.map(({ name }) => name.split('/', 1)[0]))];
}

const isList = (selector: LayerSelector): selector is readonly LayerSelector[] => Array.isArray(selector);

const isUntil = (selector: LayerSelector): selector is { readonly until: string } =>
  typeof selector === 'object' && 'until' in selector;
