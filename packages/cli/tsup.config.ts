import { libraryBuild } from '../../tools/tsup.js';

export default libraryBuild({
  index: 'src/index.ts',
  lulc: 'src/lulc.ts',
  // What `lulc bench` starts, and what this repository's own measurements share with it.
  'bench-worker': 'src/bench/worker.ts',
  'bench-subjects': 'src/bench/index.ts',
});
