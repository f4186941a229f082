/**
 * Builds, packs and checks the package with the torch engine's addon for this platform, `@lulc/backend-torch-linux-x64` or
 * its like. Run it once on every platform, with the libtorch that the package is meant for (LULC_LIBTORCH, or whichever
 * `backend-torch` finds); then publish the archives, and `@lulc/backend-torch` after them.
 *
 *     npm run build && node scripts/release-torch.mjs [--out folder] [--publish]
 *
 * The check installs the archives into an empty project and computes there, without a compiler.
 *
 * --out folder   where the archive is written, default reports/release
 * --publish      publishes it, and names it in `optionalDependencies` of packages/backend-torch/package.json for the
 *                publication of `@lulc/backend-torch` (docs/decisions/0073)
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({
  options: { out: { type: 'string', default: join(root, 'reports', 'release') }, publish: { type: 'boolean' } },
});
const out = resolve(values.out);
const packageFolder = join(root, 'packages', 'backend-torch');
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));
const writeJson = (file, data) => writeFileSync(file, `${JSON.stringify(data, null, 2)}\n`);

/** Runs a command to its end and gives what it printed; ends the script when it fails. */
function run(cwd, [command, ...args], env = {}) {
  const result = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 26,
  });
  if (result.status === 0) return result.stdout;
  console.error(
    `${command} ${args.join(' ')} failed${result.error ? `: ${result.error.message}` : ''}\n${result.stdout}`,
  );
  process.exit(1);
}

/** Packs a folder; the path of the archive. */
function pack(folder) {
  const [{ filename }] = JSON.parse(run(folder, ['npm', 'pack', '--json', '--pack-destination', out]));
  return join(out, filename);
}

/** The package's folder: the files that were built, a manifest, a note and the licence. */
function assemble() {
  const folder = join(out, 'package');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const command = join(packageFolder, 'bin', 'backend-torch.js');
  const built = JSON.parse(
    run(root, [process.execPath, command, 'prebuild', '--out', folder]).trim().split('\n').at(-1),
  );
  const main = readJson(join(packageFolder, 'package.json'));
  const device = built.cuda ? 'CUDA' : 'CPU';
  writeJson(join(folder, 'package.json'), {
    name: built.packageName,
    version: main.version,
    description: `The addon of @lulc/backend-torch for ${process.platform} ${process.arch} and libtorch ${built.libtorch} (${device})`,
    license: main.license,
    repository: main.repository,
    engines: main.engines,
    os: [process.platform],
    cpu: [process.arch],
    ...(process.platform === 'linux' ? { libc: ['glibc'] } : {}),
    files: built.files,
    publishConfig: main.publishConfig,
  });
  writeFileSync(
    join(folder, 'README.md'),
    `# ${built.packageName}\n\nThe compiled part of @lulc/backend-torch. It runs on a libtorch ${built.libtorch} (${device}) of the machine, which it does not contain; \`npx @lulc/backend-torch install\` finds or fetches one.\n`,
  );
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  return { folder, built };
}

/** Installs archives into an empty project and multiplies two matrices there, where nothing could be compiled. */
function check(archives, built) {
  const project = mkdtempSync(join(tmpdir(), 'lulc-release-'));
  try {
    writeJson(join(project, 'package.json'), { name: 'check', private: true, type: 'module' });
    const tensorflow = ['core', 'layers'].map((name) => `@tensorflow/tfjs-${name}@4.22.0`);
    run(project, [
      'npm',
      'install',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--legacy-peer-deps',
      ...archives,
      ...tensorflow,
    ]);
    writeFileSync(
      join(project, 'check.js'),
      `import * as tf from '@tensorflow/tfjs-core';
import { findAddon, registerTorchBackend } from '@lulc/backend-torch';
const found = findAddon();
const engine = await registerTorchBackend();
await tf.setBackend('torch');
const product = tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6], [2, 1])).dataSync();
console.log(JSON.stringify({ ...engine, origin: found.origin, path: found.path, product: [...product] }));
`,
    );
    const environment = (home) => ({
      CXX: 'no-compiler',
      LULC_HOME: join(project, home),
      LULC_LIBTORCH: built.folder,
    });
    run(project, ['npx', '--no-install', 'backend-torch', 'install'], environment('home'));
    for (const home of ['home', 'empty']) {
      const result = JSON.parse(
        run(project, [process.execPath, 'check.js'], environment(home)).trim().split('\n').at(-1),
      );
      if (result.origin !== 'prebuilt' || result.product.join() !== '17,39') {
        console.error('the package does not work in a project of its own:', result);
        process.exit(1);
      }
      console.log(`works in a project of its own: libtorch ${result.version} on ${result.device}, ${result.path}`);
    }
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

mkdirSync(out, { recursive: true });
const { folder, built } = assemble();
const archive = pack(folder);
const libraries = ['core', 'backend-torch'].map((name) => pack(join(root, 'packages', name)));
check([...libraries, archive], built);
console.log(`${built.packageName}: ${archive}`);
if (values.publish) {
  run(folder, ['npm', 'publish', archive, '--access', 'public']);
  const file = join(packageFolder, 'package.json');
  const manifest = readJson(file);
  manifest.optionalDependencies = { ...manifest.optionalDependencies, [built.packageName]: manifest.version };
  writeJson(file, manifest);
  console.log(`published, and named in ${file}: publish @lulc/backend-torch from here, then put that file back`);
}
