/**
 * `npm test`: installs what is missing and proves everything that can be proven on this machine. Steps go on after a
 * failure, so that one run shows all of them. Ends with `N passed, N failed, N skipped`.
 *
 * LULC_DATA=folder            real sample data (default ../shared/data)
 * LULC_TEST_TORCH=1           the torch engine must be there: installs it (PyTorch through pip: about 200 MB). Without this
 *                             it is tested where a libtorch is here already
 * LULC_TEST_TENSORFLOW=1      also build and test the tensorflow engine (fetches TensorFlow through pip: about 250 MB)
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from './install.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const data = process.env.LULC_DATA ?? resolve(root, '../shared/data');
const needsTorch = process.env.LULC_TEST_TORCH === '1';
const environment = {
  ...process.env,
  NX_DAEMON: 'false',
  NX_TUI: 'false',
  FORCE_COLOR: '0',
  TF_CPP_MIN_LOG_LEVEL: '2',
  ...(existsSync(data) ? { LULC_DATA: data } : {}),
};

/** One step per row: what it proves, the command, and when it does not apply. */
const steps = [
  { name: 'lint, format, module boundaries', command: ['npm', 'run', '--silent', 'lint'] },
  { name: 'build', command: ['npx', 'nx', 'run-many', '-t', 'build'], required: true },
  {
    name: 'torch engine installed',
    command: ['node', 'packages/backend-torch/bin/backend-torch.js', needsTorch ? 'install' : 'build'],
    skippedBy: 'not installed',
  },
  { name: 'type check', command: ['npx', 'nx', 'run-many', '-t', 'typecheck'] },
  { name: 'unit and type tests', command: ['npx', 'nx', 'run-many', '-t', 'test'], report: 'test.json' },
  { name: 'package checks (publint, attw)', command: ['npx', 'nx', 'run-many', '-t', 'test:package'] },
  { name: 'documentation', command: ['npm', 'run', '--silent', 'docs'] },
  { name: 'documented examples', command: ['node', 'scripts/check-examples.mjs'] },
  { name: 'examples', command: ['npm', 'run', '--silent', 'test:examples'] },
  { name: 'a browser to test in', command: ['node', 'tools/browser-test/install.js'], optional: true },
  { name: 'browser', command: ['node', 'tools/browser-test/run.js'], skippedBy: 'SKIPPED' },
  {
    name: 'tensorflow engine installed',
    command: ['node', 'packages/cli/dist/lulc.js', 'engine', 'install', 'tensorflow'],
    skip: process.env.LULC_TEST_TENSORFLOW === '1' ? undefined : 'LULC_TEST_TENSORFLOW is not 1',
    optional: true,
  },
  {
    name: 'slow and real-data tests',
    command: ['npx', 'nx', 'run-many', '-t', 'test:slow', '--parallel=1'],
    report: 'test-slow.json',
  },
];

function npxCommand([program, ...args]) {
  return process.platform === 'win32' ? [`${program}.cmd`, args] : [program, args];
}

/** Counts of the JSON reports that the test runner left in the packages. */
function readReports(name) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const project of readdirSync(join(root, 'packages'))) {
    const file = join(root, 'packages', project, 'reports', name);
    if (!existsSync(file)) continue;
    const report = JSON.parse(readFileSync(file, 'utf8'));
    counts.passed += report.numPassedTests;
    counts.failed += report.numFailedTests;
    counts.skipped += report.numPendingTests + report.numTodoTests;
  }
  return counts;
}

console.log(`node ${process.version}, data: ${existsSync(data) ? data : 'none (real-data tests are skipped)'}`);
await ensureInstalled(root);

const total = { passed: 0, failed: 0, skipped: 0 };
const summary = [];
for (const { name, command, report, required, optional, skip, skippedBy } of steps) {
  if (skip) {
    total.skipped++;
    summary.push(`skipped  ${name}: ${skip}`);
    continue;
  }
  console.log(`\n=== ${name}: ${command.join(' ')}`);
  if (report) {
    for (const project of readdirSync(join(root, 'packages'))) {
      rmSync(join(root, 'packages', project, 'reports', report), { force: true });
    }
  }
  const started = Date.now();
  const [program, args] = npxCommand(command);
  const { status, stdout } = spawnSync(program, args, {
    cwd: root,
    env: environment,
    stdio: ['ignore', skippedBy ? 'pipe' : 'inherit', 'inherit'],
    encoding: 'utf8',
  });
  if (stdout) process.stdout.write(stdout);
  const seconds = ((Date.now() - started) / 1000).toFixed(0);
  const passed = status === 0;
  const outcome = passed ? (stdout?.includes(skippedBy) ? 'skipped' : 'passed') : optional ? 'skipped' : 'failed';
  summary.push(`${outcome.padEnd(8)} ${name} (${seconds} s)`);
  if (report) {
    const counts = readReports(report);
    for (const key of Object.keys(total)) total[key] += counts[key];
    if (!passed && counts.failed === 0) total.failed++;
  } else {
    total[outcome]++;
  }
  if (!passed && required) break;
}

console.log(`\n${summary.join('\n')}\n`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
