import { type ClassificationTask, type ModelFormat, type ModelOptions, saveModel, useEngine } from '@lulc/core';
import { createModel, type Variant } from '@lulc/model-zoo';
import { countParameters } from '../models/parameters.js';
import type { CommandContext } from '../program/io.js';

/** Flags of `lulc models create`. */
export interface ModelsCreateFlags {
  readonly to: string;
  readonly format?: ModelFormat;
  readonly bands?: ModelOptions['bands'];
  readonly classes?: ModelOptions['classes'];
  readonly task?: ClassificationTask;
  readonly inputSize?: number;
  readonly variant?: Variant;
  readonly seed: number;
}

/** `lulc models create <name>`: writes a model with random weights. */
export async function modelsCreate(
  context: CommandContext,
  name: string,
  flags: ModelsCreateFlags,
): Promise<undefined> {
  const { to, format, ...options } = flags;
  await useEngine('auto');
  const model = await createModel(name, options);
  try {
    const saved = await saveModel(model, to, { format });
    const result = { model: name, to, ...saved, parameters: countParameters(model) };
    context.result(
      result,
      () => `${to}: ${model.name}, untrained, ${result.parameters.trainable.toLocaleString('en')} trainable parameters`,
    );
  } finally {
    model.dispose();
  }
  return undefined;
}
