import type { WeightArray } from '@lulc/core';
import { type Dialect, dividedArray, isCounter, isRole, ownRole, toOwnAxes, toOwnShape } from './layout.js';
import type { NameTable } from './names/tables.js';
import { type Renamer, renamer } from './names/template.js';
import { splitName, type Target } from './target.js';

/** A weight with its own axes, and the name it had. */
export interface Assigned {
  readonly from: string;
  readonly array: WeightArray;
}

/** What became of the weights of a file. */
export interface Match {
  /** By weight path of the model. */
  readonly assigned: ReadonlyMap<string, Assigned>;
  /** Weights that are known to have no place in the model. */
  readonly without: readonly string[];
  /** Weights of which nothing is known. */
  readonly unknown: readonly string[];
}

const separators: Readonly<Record<Dialect, string>> = { torch: '.', keras: '/' };

/**
 * Finds the place of each weight by its name.
 *
 * Networks are often part of another one, which puts something in front of all names (`model.vision_encoder.`): what is in
 * front is what makes most names known.
 */
export function matchByName(
  tensors: ReadonlyMap<string, WeightArray>,
  table: NameTable,
  dialect: Dialect,
  target: Target,
): Match {
  const separator = separators[dialect];
  const layerNames = renamer(table.layers);
  const weightNames = renamer(table.weights ?? []);
  const withoutNames = renamer(table.without ?? []);
  const names = [...tensors.keys()];
  const knows = (name: string) =>
    weightNames(name) !== undefined || isKnown(name, separator, dialect, layerNames, target);
  const prefix = prefixes(names, separator)
    .map((candidate) => {
      const inside = names.filter((name) => name.startsWith(candidate));
      return { candidate, known: inside.filter((name) => knows(name.slice(candidate.length))).length };
    })
    .reduce((best, other) => (other.known > best.known ? other : best)).candidate;

  const assigned = new Map<string, Assigned>();
  const without: string[] = [];
  const unknown: string[] = [];
  for (const [from, array] of tensors) {
    const name = from.startsWith(prefix) ? from.slice(prefix.length) : from;
    const [layer, role] = splitName(name, separator);
    const places = weightNames(name) ?? rolePaths(layerNames(layer), role, dialect, target);
    const parts = places && dividedArray(array, places.length);
    if (places !== undefined && parts !== undefined && places.every((path) => !assigned.has(path))) {
      for (const [i, path] of places.entries()) {
        assigned.set(path, { from, array: toOwn(parts[i], path, dialect, target) });
      }
    } else if (isCounter(role, dialect) || withoutNames(layer) !== undefined) without.push(from);
    else unknown.push(from);
  }
  return { assigned, without, unknown };
}

function isKnown(name: string, separator: string, dialect: Dialect, rename: Renamer, target: Target): boolean {
  const [layer, role] = splitName(name, separator);
  return isRole(role, dialect) && rename(layer)?.every((path) => target.layers.has(path)) === true;
}

/** Paths of a weight in the layers that it is for; nothing when one of them has no such weight. */
function rolePaths(
  layers: readonly string[] | undefined,
  role: string,
  dialect: Dialect,
  target: Target,
): string[] | undefined {
  const paths = layers?.map((layer) => {
    const own = ownRole(role, target.layers.get(layer) ?? new Set(), dialect);
    return own === undefined ? undefined : `${layer}/${own}`;
  });
  return paths?.every((path) => path !== undefined) ? paths : undefined;
}

/** Nothing, and all beginnings up to a separator that at least half of the names share; the shortest first. */
function prefixes(names: readonly string[], separator: string): string[] {
  const counts = new Map<string, number>();
  for (const name of names) {
    for (let cut = name.indexOf(separator); cut >= 0; cut = name.indexOf(separator, cut + 1)) {
      const prefix = name.slice(0, cut + 1);
      counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
    }
  }
  const shared = [...counts].filter(([, count]) => 2 * count >= names.length).map(([prefix]) => prefix);
  return ['', ...shared.sort((a, b) => a.length - b.length)];
}

function toOwn(array: WeightArray, path: string, dialect: Dialect, target: Target): WeightArray {
  const [, role] = splitName(path, '/');
  return toOwnShape(toOwnAxes(array, role, dialect), target.shapes.get(path) ?? array.shape);
}

const keys = /layer_with_weights-(\d+)/g;

/** Order of the parts of a layer that Keras does not number: those of attention, and of a patch encoder. */
const parts = ['projection', 'position_embedding', '_query_dense', '_key_dense', '_value_dense', '_output_dense'];

/**
 * Finds the place of each weight of a checkpoint by its number: Keras 2 numbers the layers of a network from input to output
 * (`layer_with_weights-12`), as this library orders them. Branches side by side can be numbered differently, so that
 * layers are counted separately for each set of shapes: the third 3×3 convolution from 16 to 32 channels there is the
 * third here. The first and the last layer pair without their shapes, since bands and classes may differ.
 */
export function matchByOrder(tensors: ReadonlyMap<string, WeightArray>, target: Target): Match {
  const numbered = [...tensors.keys()].filter((name) => name.match(keys) !== null);
  const others = [...tensors.keys()].filter((name) => name.match(keys) === null);
  const there = layersInOrder(numbered);
  const here = inZooOrder([...target.layers.keys()]).map((layer) => ({
    names: new Map([...(target.layers.get(layer) as ReadonlySet<string>)].map((role) => [role, `${layer}/${role}`])),
  }));
  const signature = (names: ReadonlyMap<string, string>, shapeOf: (name: string) => readonly number[]) =>
    [...names]
      .map(([role, name]) => `${role} ${shapeOf(name)}`)
      .sort()
      .join(', ');
  const keysOf = (layers: readonly Layer[], shapeOf: (name: string) => readonly number[]) =>
    layers.map(({ names }, i) => {
      if (i === 0) return 'first';
      return i === layers.length - 1 ? 'last' : signature(names, shapeOf);
    });
  const waiting = new Map<string, Layer[]>();
  keysOf(here, (name) => target.shapes.get(name) as readonly number[]).forEach((key, i) => {
    waiting.set(key, [...(waiting.get(key) ?? []), here[i]]);
  });
  const assigned = new Map<string, Assigned>();
  const unknown: string[] = [];
  keysOf(there, (name) => (tensors.get(name) as WeightArray).shape).forEach((key, i) => {
    const place = waiting.get(key)?.shift();
    for (const [role, from] of there[i].names) {
      const path = place?.names.get(role);
      const array = tensors.get(from) as WeightArray;
      if (path === undefined) unknown.push(from);
      else assigned.set(path, { from, array: toOwn(array, path, 'keras', target) });
    }
  });
  return { assigned, without: others, unknown };
}

/** Layers of equal shapes side by side, in the order that the published code has them. */
const sideBySide = [['conv_h', 'conv_w']] as const;

/** Layers in the order that the published code has them, where that order can matter. */
function inZooOrder(layers: readonly string[]): string[] {
  const ordered = [...layers];
  for (const [first, second] of sideBySide) {
    for (const [i, layer] of layers.entries()) {
      if (!layer.endsWith(`/${first}`)) continue;
      const other = layers.indexOf(`${layer.slice(0, -first.length)}${second}`);
      if (other >= 0 && other < i) [ordered[other], ordered[i]] = [layer, ordered[other]];
    }
  }
  return ordered;
}

/** Full names of a layer's weights by their name in it. */
interface Layer {
  readonly names: ReadonlyMap<string, string>;
}

function layersInOrder(names: readonly string[]): Layer[] {
  const layers = new Map<string, { names: Map<string, string>; place: number[] }>();
  for (const name of names) {
    const [layer, role] = splitName(name, '/');
    const found = layers.get(layer) ?? { names: new Map<string, string>(), place: placeOf(layer) };
    found.names.set(role, name);
    layers.set(layer, found);
  }
  return [...layers.values()].sort((a, b) => {
    const i = a.place.findIndex((number, at) => number !== b.place[at]);
    return i < 0 ? -1 : a.place[i] - (b.place[i] ?? -1);
  });
}

function placeOf(layer: string): number[] {
  const numbers = [...layer.matchAll(keys)].map(([, number]) => Number(number));
  return [...numbers, parts.indexOf(layer.slice(layer.lastIndexOf('/') + 1))];
}
