/**
 * Adds to package-lock.json what npm leaves out when it cannot reach it: the platform packages of other systems
 * (`optionalDependencies` such as `@biomejs/cli-darwin-arm64`). Without them `npm ci` refuses the file, and installs on
 * other systems lack their binaries (npm/cli#4828). Run after every change of dependencies:
 *
 *     npm install && node tools/complete-lockfile.mjs
 *
 * The added entries hold name, version and platform; npm finds the rest in the registry when such a platform installs.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const processors = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const added = [];
for (const [path, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (`node_modules/${name}` in lock.packages || `${path}/node_modules/${name}` in lock.packages) continue;
    const words = name.split(/[/-]/);
    const os = systems.filter((system) => words.includes(system));
    const cpu = processors.filter((processor) =>
      words.some(
        (word) =>
          word === processor ||
          (processor === 'arm' && /^arm(musl|gnu)?eabi/.test(word)) ||
          (processor === 'arm' && word === 'gnueabihf'),
      ),
    );
    if (!/^\d/.test(version) || os.length + cpu.length === 0) continue;
    const libc = words.some((word) => word.startsWith('musl'))
      ? ['musl']
      : words.some((word) => word.startsWith('gnu')) && os.includes('linux')
        ? ['glibc']
        : undefined;
    lock.packages[`node_modules/${name}`] = {
      version,
      ...(cpu.length > 0 ? { cpu: cpu.includes('arm64') ? ['arm64'] : cpu } : {}),
      ...(dev ? { dev } : {}),
      ...(libc ? { libc } : {}),
      optional: true,
      ...(os.length > 0 ? { os } : {}),
    };
    added.push(name);
  }
}
const { '': root, ...others } = lock.packages;
lock.packages = { '': root, ...Object.fromEntries(Object.entries(others).sort(([a], [b]) => (a < b ? -1 : 1))) };
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length === 0 ? 'package-lock.json is complete' : `added ${added.join(', ')}`);
