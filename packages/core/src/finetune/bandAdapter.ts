import type { LayersModel, layers, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { LulcError } from '../errors/lulcError.js';
import type { WeightArray } from '../model/weightArray.js';
import { type BandOptions, bandMixing } from './bandMixing.js';
import { layersOfWeights } from './selectLayers.js';
import type { WeightAdapter } from './transferWeights.js';

/**
 * Fits the first layers of a network to other bands: for {@link transferWeights} between two models of one architecture
 * that was built for each.
 *
 * @param from bands of the weights, in channel order
 * @param to bands of the model that takes them, in channel order
 * @param options see {@link BandOptions}
 * @throws LulcError as {@link adaptBands}; when called for a first layer that is neither a convolution nor dense over
 *   pixels with all their bands, `incompatible`
 * @example
 * ```ts
 * import { bandAdapter, classifier, conv2d, feature, image, transferWeights, useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const build = (bands: readonly string[]) => {
 *   const input = image({ shape: [32, 32, bands.length] });
 *   const output = conv2d({ name: 'conv', filters: 8, kernelSize: 3 })(input);
 *   return classifier({ name: 'tiny', input, output, features: [feature(output, 1)] }, { classes: 3 });
 * };
 * const [rgb, rgbn] = [['B04', 'B03', 'B02'], ['B04', 'B03', 'B02', 'B08']];
 * const report = await transferWeights(build(rgb), build(rgbn), { adapt: [bandAdapter(rgb, rgbn)] });
 * console.log(report.adapted); // ['conv/kernel']
 * ```
 */
export function bandAdapter(from: readonly string[], to: readonly string[], options: BandOptions = {}): WeightAdapter {
  const mixing = bandMixing(from, to, options);
  const stems = new WeakMap<LayersModel, ReadonlyMap<string, layers.Layer>>();
  return ({ path, given, shape, model }) => {
    const stem = stems.get(model) ?? stemLayers(model);
    stems.set(model, stem);
    const layer = stem.get(path);
    if (layer === undefined || path.endsWith('/bias')) return undefined;
    const axis = given.shape.length - 2;
    const kind = layer.getClassName();
    const fits =
      (kind === 'Conv2D' || kind === 'Dense') &&
      given.shape[axis] % from.length === 0 &&
      given.shape[axis] / from.length === shape[axis] / to.length;
    if (!fits) {
      throw new LulcError('incompatible', `the bands of '${path}' cannot be told apart`, {
        where: { layer: layer.name, kind, given: `[${given.shape}]`, wanted: `[${shape}]` },
        hint: 'A first layer must be a convolution, or dense over pixels, with all bands of the image.',
      });
    }
    return mixed(given, axis, mixing);
  };
}

/** The weights of layers that see the image itself, by path: nothing with weights lies between. */
function stemLayers(model: LayersModel): ReadonlyMap<string, layers.Layer> {
  const stem = new Set<layers.Layer>();
  const raw = new Map<SymbolicTensor, boolean>();
  /** Whether a tensor is the image as it is given, or rearranged. */
  const isRaw = (tensor: SymbolicTensor): boolean => {
    const known = raw.get(tensor);
    if (known !== undefined) return known;
    const layer = tensor.sourceLayer;
    const inputs = tensor.inputs.map(isRaw);
    const result = layer.weights.length === 0 && (tensor.inputs.length === 0 || inputs.every(Boolean));
    if (layer.weights.length > 0 && inputs.some(Boolean)) stem.add(layer);
    raw.set(tensor, result);
    return result;
  };
  for (const output of model.outputs) isRaw(output);
  return new Map([...layersOfWeights(model)].filter(([, layer]) => stem.has(layer)));
}

/** New bands as sums over old ones; on the axis bands vary fastest. */
function mixed({ dtype, shape, data }: WeightArray, axis: number, mixing: readonly (readonly number[])[]): WeightArray {
  const [bands, newBands] = [mixing[0].length, mixing.length];
  const inner = shape[axis + 1];
  const outer = data.length / (bands * inner);
  const result = new Float32Array(outer * newBands * inner);
  for (let o = 0; o < outer; o++) {
    mixing.forEach((row, to) => {
      const base = (o * newBands + to) * inner;
      row.forEach((share, from) => {
        if (share === 0) return;
        for (let i = 0; i < inner; i++) result[base + i] += share * data[(o * bands + from) * inner + i];
      });
    });
  }
  return { dtype, shape: shape.map((size, i) => (i === axis ? (size / bands) * newBands : size)), data: result };
}
