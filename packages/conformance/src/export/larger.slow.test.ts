import { useEngine } from '@lulc/core';
import { beforeAll } from 'vitest';
import { graphModelSuite, onnxSuite } from './exportSuites.js';
import { largerModels } from './smallModels.js';

beforeAll(() => useEngine('auto'));

onnxSuite(largerModels);
graphModelSuite(largerModels);
