import { LulcError, type ModelCard, readCard, type TrainResult, writeCard } from '@lulc/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/**
 * Puts what a run found out into a model's card; an earlier training of its weights moves to the card's pre-trainings.
 *
 * @param model a model with a card
 * @param facts scaling or normalisation, training and metrics
 * @returns the card
 * @throws LulcError `internal` for a model without a card
 */
export function finishCard(
  model: LayersModel,
  facts: Pick<ModelCard, 'scaling' | 'normalization' | 'training' | 'metrics'>,
): ModelCard {
  const card = readCard(model);
  if (card === undefined) {
    throw new LulcError('internal', 'the builder made a model without a card', { where: { model: model.name } });
  }
  const pretraining = [...(card.training === undefined ? [] : [card.training]), ...(card.pretraining ?? [])];
  const finished = { ...card, ...(pretraining.length === 0 ? {} : { pretraining }), ...facts };
  writeCard(model, finished);
  return finished;
}

/**
 * The metrics of a card: the best value of validation, and the scores on the test part.
 *
 * @param result how training ended
 * @param test scores by name; absent when there is no test part
 */
export function cardMetrics(
  { best }: Pick<TrainResult, 'best'>,
  test: Readonly<Record<string, number>> | undefined,
): Record<string, number> {
  const named = (prefix: string, values: Readonly<Record<string, number>>) =>
    Object.entries(values).map(([name, value]): [string, number] => [`${prefix}/${name}`, value]);
  return Object.fromEntries([
    ...(best === undefined ? [] : named('validation', { [best.metric]: best.value })),
    ...named('test', test ?? {}),
  ]);
}
