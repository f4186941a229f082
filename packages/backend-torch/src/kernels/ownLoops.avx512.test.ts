import { declareLoopTests } from '../testing/ownLoops/suite.js';

declareLoopTests('avx512');
