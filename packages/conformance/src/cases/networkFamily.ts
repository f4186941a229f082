import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { NetworkCase } from '../golden/files.js';

/** How the networks of some golden files are made here. */
export interface NetworkFamily {
  /** Builds the network from the file's own configuration; dropout off, as the vectors have it. */
  build(file: NetworkCase): LayersModel;
  /** The path here of a layer or tap in the file; the same when absent. */
  layerOf?(name: string): string;
}
