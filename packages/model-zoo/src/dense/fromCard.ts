import { type JsonValue, LulcError, type ModelCard, type ModelTask } from '@lulc/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { buildFamily, type FamilyName } from '../zoo/families.js';
import { createFeatures } from './createFeatures.js';
import { createSegmenter } from './createSegmenter.js';

type Options = Readonly<Record<string, unknown>>;

/**
 * Builds what the card of a segmenter or of a pre-trained dense network describes, or of the same encoder a model for another
 * task: the task decides between a segmenter, features, and a classifier of the encoder's family.
 *
 * @param card a card of the family `segmenter`
 * @param overrides what is to differ; a `task` of another kind needs `classes`
 * @throws LulcError `corrupt-file` for a card that names no encoder or decoder, and what the builders throw
 */
export function denseFromCard(card: ModelCard, overrides: Options): Promise<LayersModel> {
  const { encoder, decoder, pretraining: _, ...own } = card.configuration;
  const { family, ...encoderOptions } = recordOf(encoder, 'encoder');
  const common = {
    bands: card.bands,
    ...(card.classes.length > 0 && { classes: card.classes }),
    ...(card.inputSize && { inputSize: sizeOf(card.inputSize) }),
    ...(own.seed !== undefined && { seed: own.seed }),
  };
  const task = (overrides.task ?? card.task) as ModelTask;
  if (task === 'multi-label' || task === 'single-label') {
    return buildFamily(family as FamilyName, { ...encoderOptions, ...common, task, ...overrides } as never);
  }
  const network = { family, encoder: encoderOptions, decoder: recordOf(decoder, 'decoder') };
  const options = { ...network, ...own, ...common, ...overrides } as never;
  return task === 'features' ? createFeatures(options) : createSegmenter(options);
}

/** One number for a square, which is all that some builders take. */
function sizeOf([height, width]: readonly [number, number]): number | readonly [number, number] {
  return height === width ? height : [height, width];
}

function recordOf(value: JsonValue | undefined, field: string): Record<string, JsonValue> {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Record<string, JsonValue>;
  throw new LulcError('corrupt-file', `configuration.${field} of a model card is no record`, { where: { field } });
}
