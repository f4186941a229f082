import type { Rank, Variable } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { LulcError } from '../errors/lulcError.js';
import { layerRates, type RateOptions } from '../finetune/depthRates.js';
import { layersOfWeights, weightedLayers } from '../finetune/selectLayers.js';
import type { NamedVariable } from './types.js';

/** The variables of a model as training takes them. */
export interface ModelVariables {
  /** What is trained, each with its rate. */
  readonly weights: readonly NamedVariable[];
  /** What stays, or changes by itself: moving statistics, frozen weights. */
  readonly state: readonly NamedVariable[];
  /** Number of weights that training would change if nothing were frozen, but does not; nothing where there is none. */
  readonly frozen: number | undefined;
}

/**
 * Parts the variables of a model into those that are trained and the others.
 *
 * @param model any layers model
 * @param rates how learning rates differ between its layers
 * @throws LulcError `invalid-argument` when every layer is frozen or a factor is out of range, `unknown-name` for a path
 *   that names no layer
 */
export function modelVariables(model: LayersModel, rates: RateOptions): ModelVariables {
  const trainable = new Set(model.trainableWeights);
  if (trainable.size === 0) {
    throw new LulcError('invalid-argument', 'every layer of the model is frozen', {
      where: { model: model.name },
      hint: 'Unfreeze what is to be trained, e.g. the head.',
    });
  }
  const factors = layerRates(model, { layerDecay: rates.layerDecay, layerRates: rates.layerRates });
  const owners = layersOfWeights(model);
  return {
    weights: namedVariables([...trainable]).map((weight) => ({
      ...weight,
      rate: factors.get(owners.get(weight.name)?.name ?? ''),
    })),
    state: namedVariables(model.weights.filter((weight) => !trainable.has(weight))),
    frozen: frozenWeights(model),
  };
}

function frozenWeights(model: LayersModel): number | undefined {
  const frozen = weightedLayers(model).filter(({ trainableWeights }) => trainableWeights.length === 0);
  const count = frozen.reduce((sum, { weights }) => sum + weights.length, 0);
  return count === 0 ? undefined : count;
}

/**
 * Weights of layers under their paths; reading one gives the variable itself.
 *
 * @param weights of a model or a layer
 */
export const namedVariables = (weights: LayersModel['weights']): NamedVariable[] =>
  weights.map((weight) => ({ name: weight.originalName, variable: weight.read() as Variable<Rank> }));
