import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The slow and real-data suites (`*.slow.test.ts`) run apart from the fast default one; packages without any have no `test:slow`. */
const slow = process.env.LULC_SUITE === 'slow';

/**
 * Shared test configuration: workspace packages resolve to their TypeScript sources, every test file gets a process
 * of its own (native engines cannot be loaded twice in one process), and a JSON report is kept for the summary.
 */
export default defineConfig({
  resolve: { conditions: ['@lulc/source', 'node', 'import', 'module', 'default'] },
  ssr: { resolve: { conditions: ['@lulc/source', 'node', 'import', 'module', 'default'] } },
  test: {
    include: [slow ? 'src/**/*.slow.test.ts' : 'src/**/*.test.ts'],
    exclude: slow ? [] : ['src/**/*.slow.test.ts'],
    typecheck: slow ? undefined : { enabled: true, include: ['src/**/*.test-d.ts'], tsconfig: './tsconfig.json' },
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: slow ? 1_200_000 : 60_000,
    hookTimeout: 60_000,
    reporters: ['default', ['json', { outputFile: slow ? 'reports/test-slow.json' : 'reports/test.json' }]],
    setupFiles: [fileURLToPath(new URL('./vitest-setup.ts', import.meta.url))],
  },
});
