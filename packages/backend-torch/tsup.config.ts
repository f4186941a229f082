import { libraryBuild } from '../../tools/tsup.js';

export default libraryBuild({
  index: 'src/index.ts',
  install: 'src/install.ts',
  bin: 'src/bin.ts',
  trial: 'src/install/trial.ts',
});
