import { libraryBuild } from '../../tools/tsup.js';

/** Workers carry the little they need of core, so that a thread does not load TF.js; each is one file, so that none cleans another's. */
const worker = (name: string, source: string) =>
  libraryBuild(
    { [name]: source },
    {
      dts: false,
      clean: false,
      noExternal: [/^@lulc\/core/],
      treeshake: true,
      esbuildOptions: (options) => {
        options.conditions = ['@lulc/source', 'import', 'node'];
      },
    },
  );

export default [
  libraryBuild({ index: 'src/index.ts', node: 'src/node.ts' }, { clean: ['!loader-worker*', '!jpeg2000-worker*'] }),
  worker('loader-worker', 'src/loader/node/worker.ts'),
  worker('jpeg2000-worker', 'src/jpeg2000/node/worker.ts'),
];
