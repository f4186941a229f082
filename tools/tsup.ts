import { defineConfig, type Options } from 'tsup';

/** The one build recipe of every package: ESM, types, source maps. A package names only its entry points. */
export function libraryBuild(entry: Record<string, string>, options: Partial<Options> = {}) {
  return defineConfig({
    entry,
    format: ['esm'],
    target: 'es2022',
    platform: 'neutral',
    dts: true,
    sourcemap: true,
    clean: true,
    splitting: true,
    treeshake: false,
    external: [/^node:/, /^#/],
    ...options,
  });
}
