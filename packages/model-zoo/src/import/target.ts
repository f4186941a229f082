import type { LayersModel } from '@tensorflow/tfjs-layers';

/** What a model wants to be given. */
export interface Target {
  /** Shapes by weight path, layer for layer from input to output. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Names of the weights by path of the layer, or part of a layer, that they belong to; in the same order. */
  readonly layers: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The weights of a model by layer. */
export function targetOf(model: LayersModel): Target {
  const shapes = new Map<string, readonly number[]>();
  const layers = new Map<string, Set<string>>();
  for (const { weights } of model.layers) {
    for (const { originalName, shape } of weights) {
      const [layer, role] = splitName(originalName, '/');
      shapes.set(originalName, shape as number[]);
      layers.set(layer, (layers.get(layer) ?? new Set()).add(role));
    }
  }
  return { shapes, layers };
}

/** What comes before the last separator of a name, and what comes behind it. */
export function splitName(name: string, separator: string): [layer: string, role: string] {
  const cut = name.lastIndexOf(separator);
  return [name.slice(0, Math.max(cut, 0)), name.slice(cut + 1)];
}
