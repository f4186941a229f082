import { hashSeed, loadWeights, random, weightArrays } from '@lulc/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** What values of a kind of weight are like in a trained network: around which number, and how far from it. */
const kinds: readonly { readonly name: RegExp; readonly centre: number; readonly spread: number }[] = [
  { name: /gamma$/, centre: 1, spread: 0.3 },
  { name: /moving_variance$/, centre: 1, spread: 0.5 },
  { name: /(beta|bias|moving_mean)$/, centre: 0, spread: 0.2 },
];

/**
 * Gives biases, normalisations and their statistics values that matter, as training would: of a new network they are 0
 * and 1, and what is wrong with them would not show. Kernels keep theirs.
 */
export async function randomise(model: LayersModel, seed: number): Promise<void> {
  const weights = await weightArrays(model);
  let index = 0;
  for (const [path, { data }] of weights) {
    const kind = kinds.find(({ name }) => name.test(path));
    index++;
    if (kind === undefined) continue;
    const draw = random(hashSeed(seed, index));
    for (let i = 0; i < data.length; i++) data[i] = kind.centre + kind.spread * (2 * draw.next() - 1);
  }
  loadWeights(model, weights);
}

/** Values of an input, standard normal. */
export function randomInput(shape: readonly number[], seed: number): Float32Array {
  const draw = random(seed);
  return Float32Array.from({ length: shape.reduce((size, side) => size * side, 1) }, () => draw.normal());
}
