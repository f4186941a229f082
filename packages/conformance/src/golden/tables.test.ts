import { goldenFiles, isNetwork } from './files.js';
import { tableSuite } from './tableSuite.js';

tableSuite(
  process.env.LULC_ENGINE ? 'auto' : 'wasm',
  goldenFiles().filter((file) => !isNetwork(file)),
);
