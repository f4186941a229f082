import { useEngine } from '@lulc/core';
import { modelNames } from '@lulc/model-zoo';
import { beforeAll, describe, it } from 'vitest';
import { loadTorch } from '../torch/available.js';
import { zooContract } from './contract.js';

const torch = await loadTorch();

if ('missing' in torch) {
  it.skip(`the whole zoo: ${torch.missing}`, () => {});
} else {
  describe('on torch', () => {
    beforeAll(() => useEngine('torch'));
    zooContract(modelNames);
  });
}
