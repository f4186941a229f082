import { networkSuite } from './networkSuite.js';

/** WebAssembly, which every machine has, unless `LULC_ENGINE` names another engine. */
networkSuite(process.env.LULC_ENGINE ? 'auto' : 'wasm');
