import type { LulcErrorWhere } from '../errors/lulcError.js';
import { LulcError } from '../errors/lulcError.js';
import { cardKey } from './card.js';
import type { NewFile } from './fileStore.js';
import type { WeightPrecision } from './formats.js';
import type { ModelParts } from './modelParts.js';
import { readSafetensors, writeSafetensors } from './safetensors.js';

/** Name of the file in a folder that may hold other things. */
export const safetensorsMainFile = 'model.safetensors';

/**
 * Keys of the file's metadata. `format` is what Python tools look at: it says that the layouts are those of
 * TensorFlow, convolution kernels `[height, width, in, out]` and dense kernels `[in, out]`.
 */
const keys = { format: 'format', card: 'card', topology: 'topology', metadata: 'user_metadata' } as const;

/** The one file of a model: weights by path, and card and topology as JSON in the file's metadata. */
export function encodeSafetensors(parts: ModelParts, precision: WeightPrecision): NewFile {
  const { [cardKey]: card, ...others } = parts.metadata;
  const metadata: Record<string, string> = { [keys.format]: 'tf', [keys.topology]: JSON.stringify(parts.topology) };
  if (card !== undefined) metadata[keys.card] = JSON.stringify(card);
  if (Object.keys(others).length > 0) metadata[keys.metadata] = JSON.stringify(others);
  return { name: safetensorsMainFile, bytes: writeSafetensors(parts.tensors, metadata, precision) };
}

/**
 * Reads any safetensors file. Metadata that cannot be understood is left out and reported; the weights are there all the
 * same.
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  where: LulcErrorWhere,
  onWarning: (warning: LulcError) => void,
): ModelParts {
  const { tensors, metadata } = readSafetensors(bytes, where);
  const json = (key: string): unknown => {
    if (!Object.hasOwn(metadata, key)) return undefined;
    try {
      return JSON.parse(metadata[key]);
    } catch (cause) {
      onWarning(new LulcError('corrupt-file', `the metadata '${key}' is not JSON and was left out`, { where, cause }));
      return undefined;
    }
  };
  const others = json(keys.metadata);
  const card = json(keys.card);
  return {
    topology: json(keys.topology),
    metadata: {
      ...(typeof others === 'object' && others !== null ? others : {}),
      ...(card === undefined ? {} : { [cardKey]: card }),
    },
    tensors,
  };
}
