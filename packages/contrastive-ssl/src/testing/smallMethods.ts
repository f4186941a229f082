import type { DenseNetwork } from '@lulc/core/segmentation';
import type { ViewSource } from '@lulc/core/views';
import type { PretrainingMethod } from '../method/method.js';
import { type MethodName, type MethodOptions, methodNames, pretrainingMethods } from '../methods/pretrainingMethods.js';
import { tinyNetwork, tinyViews } from './tinyViews.js';

const options: { readonly [Name in MethodName]: MethodOptions[Name] } = {
  glcnet: { globalHead: [8, 4], localHead: [6, 4], denseChannels: 5, regions: 3, regionSize: 0.25 },
  'embedding-earth': { pixels: 8, projection: 4 },
  simclr: { head: [8, 4] },
  'moco-v2': { projection: [8, 4], queue: 16, momentum: 0.9 },
  byol: { projection: [8, 4], predictor: [8], momentum: 0.9, ramp: 20 },
  densecl: { projection: [8, 4], queue: 16, momentum: 0.9, warmup: 1 },
  vicregl: { expander: [8, 8], mapExpander: [8, 8], matches: 5 },
  inpainting: { holes: 3, holeSize: 3, width: 4 },
  jigsaw: { permutations: 5, features: 8, hidden: 16 },
};

/** Height and width of {@link smallViews}. */
export const viewSize = 12;
/** Bands of {@link smallViews}. */
export const bands = 2;

/** Two batches of four images, two views of each. */
export const smallViews = (): ViewSource => tinyViews({ length: 8, batchSize: 4, size: viewSize, bands });

/** A method with heads of a few units, and what it is tried on. */
export interface SmallMethod {
  readonly method: PretrainingMethod;
  /** Height and width of the network's input: pieces of a jigsaw are a third of a view. */
  readonly inputSize: number;
  readonly network: () => DenseNetwork;
}

/** Every method of the package, made small. */
export const smallMethods: readonly (readonly [MethodName, SmallMethod])[] = methodNames.map((name) => {
  const inputSize = name === 'jigsaw' ? viewSize / 3 : viewSize;
  const method = pretrainingMethods[name].create(options[name] as never);
  return [name, { method, inputSize, network: () => tinyNetwork(inputSize, bands) }] as const;
});
