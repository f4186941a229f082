import type { LayersModel } from '@tensorflow/tfjs-layers';
import { LulcError } from '../errors/lulcError.js';
import type { SavedModel, SaveModelOptions } from './formats.js';

export async function saveModel(
  _model: LayersModel,
  _target: string | URL,
  _options: SaveModelOptions = {},
): Promise<SavedModel> {
  throw new LulcError('internal', 'saveModel is being written');
}
