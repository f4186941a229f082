import { stat } from 'node:fs/promises';
import { type LulcError, loadModel, useEngine } from '@lulc/core';
import { createModel, type ModelOverrides } from '@lulc/model-zoo';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** A model and how it came about. */
export interface OpenedModel {
  readonly model: LayersModel;
  /** False for a network of the zoo, whose weights are random. */
  readonly saved: boolean;
}

/**
 * Opens what an argument `<model>` names: a saved model (folder, file or address), else a network of the zoo.
 *
 * @param onWarning told what is wrong with a saved model but does not prevent loading it
 * @param overrides for a network of the zoo: bands, classes, variant …
 * @throws LulcError `unknown-name` when it is neither; what `loadModel` throws
 */
export async function openModel(
  name: string,
  onWarning: (warning: LulcError) => void,
  overrides: ModelOverrides = {},
): Promise<OpenedModel> {
  const isPlace =
    /^[a-z]+:\/\//i.test(name) ||
    (await stat(name).then(
      () => true,
      () => false,
    ));
  await useEngine('auto');
  if (isPlace) return { model: await loadModel(name, { onWarning }), saved: true };
  return { model: await createModel(name, { seed: 0, ...overrides }), saved: false };
}
