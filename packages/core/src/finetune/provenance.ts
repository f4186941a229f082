import type { ModelCard } from '../model/card.js';

/**
 * The card of a model that starts from the weights of another: what was measured of them no longer holds, and their
 * training becomes the latest of the earlier ones.
 *
 * @param card card of the model to be
 * @param from card of the model whose weights it starts from
 */
export function startedFrom(card: ModelCard, from: ModelCard): ModelCard {
  const { training: _, ...rest } = card;
  const pretraining = [...(from.training === undefined ? [] : [from.training]), ...(from.pretraining ?? [])];
  return { ...rest, metrics: {}, ...(pretraining.length === 0 ? {} : { pretraining }) };
}
