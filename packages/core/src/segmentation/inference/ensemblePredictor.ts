import { LulcError } from '../../errors/lulcError.js';
import { type ModelPredictor, modelPredictor } from './modelPredictor.js';
import type { TileNetwork, TilePredictor } from './types.js';

/**
 * Networks as one: the mean of what they give. The size of a tile is that of the first model that has one.
 *
 * @param network one segmenter or function, or several
 * @throws LulcError `incompatible` when a model has no layer `logits`, `invalid-argument` for none
 */
export function ensemblePredictor(network: TileNetwork | readonly TileNetwork[]): ModelPredictor {
  const members = (isList(network) ? network : [network]).map(asPredictor);
  if (members.length === 0) throw new LulcError('invalid-argument', 'no network', { where: { option: 'network' } });
  return {
    predict: members.length === 1 ? members[0].predict : meanOf(members.map(({ predict }) => predict)),
    tile: members.find(({ tile }) => tile !== undefined)?.tile,
    dispose: () => {
      for (const member of members) member.dispose();
    },
  };
}

const isList = (network: TileNetwork | readonly TileNetwork[]): network is readonly TileNetwork[] =>
  Array.isArray(network);

function asPredictor(network: TileNetwork): ModelPredictor {
  if (typeof network !== 'function') return modelPredictor(network);
  return { predict: network, tile: undefined, dispose: () => {} };
}

function meanOf(predictors: readonly TilePredictor[]): TilePredictor {
  return async (tiles, shape) => {
    let mean = new Float32Array();
    for (const [i, predict] of predictors.entries()) {
      const values = await predict(tiles, shape);
      if (i === 0) mean = new Float32Array(values.length);
      if (values.length !== mean.length) {
        throw new LulcError('shape-mismatch', `one network gave ${mean.length} values, another ${values.length}`);
      }
      for (let k = 0; k < mean.length; k++) mean[k] += values[k] / predictors.length;
    }
    return mean;
  };
}
