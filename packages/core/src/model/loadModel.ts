import type { LayersModel } from '@tensorflow/tfjs-layers';
import { LulcError } from '../errors/lulcError.js';
import type { LoadModelOptions } from './formats.js';

export async function loadModel(
  _source: string | URL | Uint8Array,
  _options: LoadModelOptions = {},
): Promise<LayersModel> {
  throw new LulcError('internal', 'loadModel is being written');
}
