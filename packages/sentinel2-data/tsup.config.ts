import { libraryBuild } from '../../tools/tsup.js';

export default [
  libraryBuild({ index: 'src/index.ts', node: 'src/node.ts' }, { clean: ['!loader-worker*'] }),
  // The worker carries the little it needs of core, so that a thread does not load TF.js.
  libraryBuild(
    { 'loader-worker': 'src/loader/node/worker.ts' },
    {
      dts: false,
      clean: false,
      noExternal: [/^@lulc\/core/],
      treeshake: true,
      esbuildOptions: (options) => {
        options.conditions = ['@lulc/source', 'import', 'node'];
      },
    },
  ),
];
