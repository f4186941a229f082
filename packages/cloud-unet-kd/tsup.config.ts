import { libraryBuild } from '../../tools/tsup.js';

export default libraryBuild({ index: 'src/index.ts', node: 'src/node.ts' });
