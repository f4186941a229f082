import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { LulcError } from '../errors/lulcError.js';
import { pathTest, selectLayers, weightedLayers } from './selectLayers.js';

/** Layers that count as one step of depth. */
export interface DepthGroup {
  /** What their paths have in common, e.g. `'stage2/block1'`. */
  readonly name: string;
  /** Their paths. */
  readonly layers: readonly string[];
}

/** A folder of layers that is one step of depth. */
const isBlock = /^(stage|block|layer|unit)\d+$/;

/**
 * The layers with weights parted by depth, from the input to the head: one group per block (`stem`, `stage1/block1`, …).
 * A group is the part of the paths up to the last folder that is called `stage`, `block`, `layer` or `unit` with a number,
 * else the first folder; a layer in no folder is a group of its own. Norms between the blocks belong to the block before them.
 *
 * @param model any layers model
 */
export function depthGroups(model: LayersModel): readonly DepthGroup[] {
  const parts = new Map<string, layers.Layer[]>();
  for (const layer of weightedLayers(model)) {
    const name = groupOf(layer.name);
    const members = parts.get(name);
    if (members === undefined) parts.set(name, [layer]);
    else members.push(layer);
  }
  const groups: { readonly name: string; readonly layers: string[] }[] = [];
  for (const [name, members] of parts) {
    const paths = members.map((layer) => layer.name);
    const last = groups.at(-1);
    if (last !== undefined && !members.some(isStep)) last.layers.push(...paths);
    else groups.push({ name, layers: paths });
  }
  return groups;
}

/** Whether a layer mixes its inputs, and does not only scale them. */
const isStep = ({ weights }: layers.Layer): boolean => weights.some(({ shape }) => shape.length > 1);

function groupOf(path: string): string {
  const folders = path.split('/').slice(0, -1);
  const last = folders.findLastIndex((folder) => isBlock.test(folder));
  return folders.length === 0 ? path : folders.slice(0, Math.max(1, last + 1)).join('/');
}

/** How learning rates differ between the layers of a model. */
export interface RateOptions {
  /**
   * Layer-wise decay, above 0, at most 1 (typical 0.65 to 0.9, nearer to 1 for networks of many blocks): the head learns at the full rate, each group of
   * {@link depthGroups} before it at `layerDecay` times the rate of the next (ELECTRA, Clark et al. 2020; BEiT, Bao et al.
   * 2022). Default 1.
   */
  readonly layerDecay?: number;
  /**
   * Further factors on the rate, at least 0, by layer path or pattern as in `LayerSelector`: `{ head: 10, stem: 0 }`.
   * Where several name a layer, the last counts. Default none.
   */
  readonly layerRates?: Readonly<Record<string, number>>;
}

/**
 * The factor on the learning rate of each layer with weights, by path.
 *
 * @param model any layers model
 * @throws LulcError `invalid-argument` for a factor out of range, `unknown-name` for a path that names no layer
 * @example
 * ```ts
 * import { classifier, conv2d, feature, image, layerRates, scope, useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const input = image({ shape: [32, 32, 4] });
 * const output = scope('stem', conv2d({ name: 'conv', filters: 8, kernelSize: 3 }))(input);
 * const model = classifier({ name: 'tiny', input, output, features: [feature(output, 1)] }, { classes: 3 });
 * console.log(layerRates(model, { layerDecay: 0.5 })); // Map(2) { 'stem/conv' => 0.5, 'head' => 1 }
 * ```
 */
export function layerRates(
  model: LayersModel,
  { layerDecay = 1, layerRates: factors = {} }: RateOptions,
): ReadonlyMap<string, number> {
  if (!(layerDecay > 0 && layerDecay <= 1)) {
    throw new LulcError('invalid-argument', `'layerDecay' is ${layerDecay}; it must be above 0 and at most 1`, {
      where: { option: 'layerDecay' },
    });
  }
  const tests = Object.entries(factors).map(([path, factor]) => {
    if (!(factor >= 0 && Number.isFinite(factor))) {
      throw new LulcError('invalid-argument', `the factor of '${path}' is ${factor}; it must be at least 0`, {
        where: { option: 'layerRates' },
      });
    }
    selectLayers(model, path);
    return { names: pathTest(path), factor };
  });
  const groups = depthGroups(model);
  return new Map(
    groups.flatMap(({ layers: paths }, depth) =>
      paths.map((path): [string, number] => {
        const own = tests.findLast(({ names }) => names(path))?.factor ?? 1;
        return [path, layerDecay ** (groups.length - 1 - depth) * own];
      }),
    ),
  );
}
