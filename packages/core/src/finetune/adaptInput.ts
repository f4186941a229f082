import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { ScalingStatistics } from '../data/types.js';
import { isLulcError, LulcError } from '../errors/lulcError.js';
import { type ModelCard, readCard, writeCard } from '../model/card.js';
import { buildModel } from '../model/topology.js';
import { bandAdapter } from './bandAdapter.js';
import type { BandOptions } from './bandMixing.js';
import { startedFrom } from './provenance.js';
import { transferWeights, type WeightAdapter } from './transferWeights.js';

/** Options of {@link adaptBands}. */
export interface AdaptBandsOptions extends BandOptions {
  /** Bands of the model in channel order. Default: those of its card. */
  readonly from?: readonly string[];
}

/**
 * The same network for images with other bands, weights taken over: the first layer's kernel of a band that the model knows
 * by name is copied, wherever the band stands in the new order; what becomes of the others is said by the strategy.
 *
 * @param model a built or loaded model with one image `[B, H, W, bands]` as its input; unchanged
 * @param bands names of the new bands in channel order
 * @param options see {@link BandOptions}
 * @returns a new model with weights of its own. Its card, where the old one has one, has the new bands, their scaling
 *   where it is known of all of them, no metrics, and the old training among {@link ModelCard.pretraining}
 * @throws LulcError `incompatible` for a model whose bands are not known, that has another input, or whose first layer
 *   does not take all bands together; `invalid-argument`, `unknown-name` for options that do not fit
 * @example
 * ```ts
 * import { adaptBands, classifier, conv2d, feature, image, useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const input = image({ shape: [32, 32, 3] });
 * const output = conv2d({ name: 'conv', filters: 8, kernelSize: 3 })(input);
 * const model = classifier({ name: 'tiny', input, output, features: [feature(output, 1)] }, { classes: 3 });
 * const wider = await adaptBands(model, ['B02', 'B03', 'B04', 'B08'], { from: ['B04', 'B03', 'B02'], strategy: 'zero' });
 * console.log(wider.inputs[0].shape); // [null, 32, 32, 4]
 * ```
 */
export async function adaptBands(
  model: LayersModel,
  bands: readonly string[],
  { from, ...options }: AdaptBandsOptions = {},
): Promise<LayersModel> {
  const card = readCard(model);
  const [height, width, channels] = imageShape(model);
  const known = from ?? card?.bands;
  if (known?.length !== channels) {
    throw new LulcError('incompatible', `the names of the model's ${channels} bands are not known`, {
      where: { model: model.name, named: known?.length ?? 0 },
      hint: "Name them in channel order with 'from'.",
    });
  }
  return rebuilt(model, [height, width, bands.length], [bandAdapter(known, bands, options)], (own) => {
    const { scaling, ...rest } = own;
    const selected = scaling && scalingOf(scaling, own.bands, bands);
    return { ...rest, bands: [...bands], ...(selected === undefined ? {} : { scaling: selected }) };
  });
}

/**
 * The same network for images of another size, weights taken over. Convolutional networks fit as they are; what depends on
 * the size, as a table of positions does, needs an adapter.
 *
 * @param model a built or loaded model with one image `[B, H, W, bands]` as its input; unchanged
 * @param size new height and width in pixels
 * @param adapt fits weights that depend on the size
 * @returns a new model with weights of its own; its card has the new size
 * @throws LulcError `incompatible` for a model with another input, when the network cannot take the size, or when a weight
 *   depends on it and no adapter fits it
 */
export async function resizeInput(
  model: LayersModel,
  [height, width]: readonly [number, number],
  adapt: readonly WeightAdapter[] = [],
): Promise<LayersModel> {
  const [, , channels] = imageShape(model);
  return rebuilt(model, [height, width, channels], adapt, (card) => ({ ...card, inputSize: [height, width] }));
}

function imageShape(model: LayersModel): readonly [height: number | null, width: number | null, channels: number] {
  const [first, ...others] = model.inputs;
  if (others.length > 0 || first.shape.length !== 4 || typeof first.shape[3] !== 'number') {
    throw new LulcError('incompatible', 'the model does not take one image [B, H, W, bands]', {
      where: { model: model.name, inputs: model.inputs.map(({ shape }) => `[${shape}]`).join(' ') },
      hint: 'Build it with the bands wanted, and use transferWeights.',
    });
  }
  return [first.shape[1], first.shape[2], first.shape[3]];
}

/** The model built anew from its own description, for another input. */
async function rebuilt(
  model: LayersModel,
  shape: readonly (number | null)[],
  adapt: readonly WeightAdapter[],
  describe: (card: ModelCard) => ModelCard,
): Promise<LayersModel> {
  const where = { model: model.name, input: `[${shape}]` };
  const topology = withInput(model.toJSON(null, false), JSON.stringify(model.inputs[0].shape), [null, ...shape]);
  const other = await buildModel(topology, Number.POSITIVE_INFINITY, where).catch((cause: unknown) => {
    const reason = isLulcError(cause) && cause.cause instanceof Error ? cause.cause.message : String(cause);
    throw new LulcError('incompatible', `the network cannot be built for this input: ${reason}`, { where, cause });
  });
  try {
    const card = readCard(model);
    other.setUserDefinedMetadata({ ...(model.getUserDefinedMetadata() as object | undefined) });
    const { missing, unexpected, mismatched } = await transferWeights(model, other, { adapt });
    const misfits = [...missing, ...unexpected, ...mismatched.map(({ path }) => path)];
    if (misfits.length > 0) {
      throw new LulcError('incompatible', `weights depend on the input and cannot be fitted: ${misfits.join(', ')}`, {
        where,
        hint: 'Give an adapter for them, or build the model for this input and use transferWeights.',
      });
    }
    if (card !== undefined) writeCard(other, startedFrom(describe(card), card));
    return other;
  } catch (error) {
    other.dispose();
    throw error;
  }
}

/** A copy of a topology with another shape of its one input. */
function withInput(topology: unknown, from: string, to: readonly (number | null)[]): unknown {
  if (Array.isArray(topology)) return topology.map((value) => withInput(value, from, to));
  if (typeof topology !== 'object' || topology === null) return topology;
  return Object.fromEntries(
    Object.entries(topology).map(([key, value]) =>
      key === 'batch_input_shape' && JSON.stringify(value) === from ? [key, to] : [key, withInput(value, from, to)],
    ),
  );
}

function scalingOf(
  { name, mean, std }: ScalingStatistics,
  from: readonly string[],
  to: readonly string[],
): ScalingStatistics | undefined {
  const places = to.map((band) => from.indexOf(band));
  if (places.includes(-1)) return undefined;
  return { name, mean: places.map((i) => mean[i]), std: places.map((i) => std[i]) };
}
