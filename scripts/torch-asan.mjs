/**
 * Looks for memory errors of the torch engine: builds its addon with AddressSanitizer (in a folder of its own) and runs the
 * conformance suite of the engine on it: TensorFlow.js core's specs, random calls, bad use, damaged commands, threads.
 * Linux with GNU's compiler; the workspace must be built (`npm run build`), and a libtorch must be there.
 *
 *   node scripts/torch-asan.mjs            the fast suite
 *   node scripts/torch-asan.mjs slow       the slow one: a thousand random calls of every kernel
 *
 * Leaks are not looked for: Node keeps its memory when it ends. Any other finding ends the process that caused it, so its
 * test fails, and the report is among the output.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installTorch } from '@lulc/backend-torch/install';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const slow = process.argv[2] === 'slow';

const { addon } = await installTorch({ sanitize: true, fetch: false, log: console.error });
const sanitizer = execFileSync('g++', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim();
const { status } = spawnSync('npx', ['vitest', 'run', 'src/torch'], {
  cwd: join(root, 'packages/conformance'),
  stdio: 'inherit',
  env: {
    ...process.env,
    ...(slow ? { LULC_SUITE: 'slow' } : {}),
    LULC_TEST_TORCH: '1',
    LULC_TORCH_ADDON: addon,
    LD_PRELOAD: sanitizer,
    // More memory than there is must be an error that the engine can tell, as without the sanitizer.
    ASAN_OPTIONS: 'detect_leaks=0:allocator_may_return_null=1',
  },
});
process.exitCode = status ?? 1;
