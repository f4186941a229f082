import { describe, it } from 'vitest';
import { loadTorch } from '../available.js';
import { declareFuzzTests } from './fuzz.js';

const torch = await loadTorch();

describe('random calls on torch and on the reference', async () => {
  if ('missing' in torch) it.skip(torch.missing, () => {});
  else await declareFuzzTests(2, 1000);
});
