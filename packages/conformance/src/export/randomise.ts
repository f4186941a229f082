import { hashSeed, loadWeights, logitsModel, random, weightArrays } from '@lulc/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { predictions } from './compare.js';
import type { Values } from './onnxRuntime.js';

/** What values of a kind of weight are like in a trained network: around which number, and how far from it. */
const kinds: readonly {
  readonly name: RegExp;
  readonly centre: number;
  readonly spread: number;
  readonly scaled?: boolean;
}[] = [
  { name: /gamma$/, centre: 1, spread: 0.3, scaled: true },
  { name: /moving_variance$/, centre: 1, spread: 0.5 },
  { name: /(beta|bias|moving_mean)$/, centre: 0, spread: 0.2 },
];

/**
 * Gives biases, normalisations and their statistics values that matter, as training would: of a new network they are 0
 * and 1, and what is wrong with them would not show. Kernels keep theirs.
 *
 * @param gain factor on the scales of normalisations
 */
export async function randomise(model: LayersModel, seed: number, gain = 1): Promise<void> {
  const weights = await weightArrays(model);
  let index = 0;
  for (const [path, { data }] of weights) {
    const kind = kinds.find(({ name }) => name.test(path));
    index++;
    if (kind === undefined) continue;
    const draw = random(hashSeed(seed, index));
    const factor = kind.scaled ? gain : 1;
    for (let i = 0; i < data.length; i++) data[i] = factor * (kind.centre + kind.spread * (2 * draw.next() - 1));
  }
  loadWeights(model, weights);
}

/** Logits of trained networks stay within it. */
const usualLogits = 10;

/**
 * {@link randomise}, with scales of normalisations at which a classifier's logits are of usual size for these inputs. In a
 * deep network, whose statistics are not those of its activations, these grow from block to block, and every rounding with
 * them.
 */
export async function randomiseDeep(model: LayersModel, seed: number, inputs: readonly Values[]): Promise<void> {
  for (const gain of [1, 0.8, 0.6, 0.4]) {
    await randomise(model, seed, gain);
    const [{ data }] = predictions(logitsModel(model), inputs);
    if (data.every((logit) => Math.abs(logit) < usualLogits)) return;
  }
  throw new Error(`the logits of ${model.name} are larger than ${usualLogits} at all scales`);
}
