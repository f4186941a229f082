import type { LayersModel } from '@tensorflow/tfjs-layers';
import { LulcError } from '../errors/lulcError.js';
import type { ModelFormat, SavedModel, SaveModelOptions } from './formats.js';
import { locate } from './location.js';
import type { ModelParts } from './modelParts.js';
import { encodeSafetensors } from './safetensorsFormat.js';
import { saveArtifacts, saveFiles } from './saveFiles.js';
import { toArtifacts } from './tfjsFormat.js';
import { weightArrays } from './weights.js';

/**
 * Saves a model with its weights and its card.
 *
 * | target | `tfjs` | `safetensors` |
 * |---|---|---|
 * | a folder (Node) | `model.json` and weight files in it | `model.safetensors` in it |
 * | a path ending in `.json` or `.safetensors` (Node) | that file, weight files beside it | that file |
 * | `http://`, `https://` | one multipart POST, as TensorFlow.js sends it | one PUT of the file |
 * | `indexeddb://name` | as TensorFlow.js keeps it | one entry |
 * | `downloads://name` | two downloads | one download |
 * | `localstorage://name` and others | handed to TensorFlow.js | – |
 *
 * In a folder an earlier model is replaced at one instant: it stays whole until the new one is completely on the disk,
 * and other files are left alone.
 *
 * @param model any layers model; custom layers must be registered classes
 * @param target where to
 * @throws LulcError `invalid-argument` (a target that cannot hold the format), `unavailable` (it cannot be written),
 * `network`, `aborted`
 * @example
 * ```ts
 * import { classifier, conv2d, feature, image, loadModel, saveModel, useEngine } from '@lulc/core';
 *
 * await useEngine();
 * const input = image({ shape: [16, 16, 4] });
 * const output = conv2d({ filters: 8, kernelSize: 3 })(input);
 * const model = classifier({ name: 'tiny', input, output, features: [feature(output, 1)] }, { classes: 3 });
 * const { sha256 } = await saveModel(model, 'runs/tiny.safetensors');
 * const again = await loadModel('runs/tiny.safetensors', { sha256 });
 * console.log(again.outputs[0].shape); // [null, 3]
 * ```
 */
export async function saveModel(
  model: LayersModel,
  target: string | URL,
  options: SaveModelOptions = {},
): Promise<SavedModel> {
  const location = locate(target, options.format, options);
  const parts = await partsOf(model);
  if (location.kind === 'files' && location.format === 'safetensors') {
    checkPrecision('safetensors', options);
    return saveFiles(location, 'safetensors', encodeSafetensors(parts, options.precision ?? 'float32'), []);
  }
  checkPrecision('tfjs', options);
  return saveArtifacts(location, 'tfjs', toArtifacts(parts, options.quantize), options);
}

/**
 * A model as the bytes of a safetensors file, for a place of your own; {@link loadModel} takes them back.
 *
 * @param model any layers model
 * @param options `precision` of the weights
 */
export async function modelToBytes(
  model: LayersModel,
  options: Pick<SaveModelOptions, 'precision'> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  return encodeSafetensors(await partsOf(model), options.precision ?? 'float32').bytes;
}

async function partsOf(model: LayersModel): Promise<ModelParts> {
  return {
    tensors: await weightArrays(model),
    topology: model.toJSON(null, false),
    metadata: (model.getUserDefinedMetadata() ?? {}) as ModelParts['metadata'],
  };
}

/** Each layout has its own way to fewer bits. */
function checkPrecision(format: ModelFormat, { precision, quantize }: SaveModelOptions): void {
  const misplaced =
    format === 'tfjs'
      ? precision !== undefined && precision !== 'float32' && 'precision'
      : quantize !== undefined && 'quantize';
  if (misplaced) {
    throw new LulcError('invalid-argument', `the layout '${format}' has no option '${misplaced}'`, {
      where: { option: misplaced },
      hint: format === 'tfjs' ? "Use quantize: 'float16'." : "Use precision: 'float16'.",
    });
  }
}
