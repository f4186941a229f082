/**
 * Installs what package-lock.json says, and only when it is not there yet. Node built-ins only: this runs before anything
 * is installed. Safe to interrupt: the stamp is written last, so that a cut-off installation is done again.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Oldest Node that is supported. */
const oldestNode = [20, 19];

/**
 * Settings of the tools that are run: nx without a daemon and without drawings, and of onnxruntime-node, which the tests
 * use, only the CPU library that it brings with it.
 */
const ownSettings = { NX_DAEMON: 'false', NX_TUI: 'false', ONNXRUNTIME_NODE_INSTALL: 'skip' };

/** Exit status after Ctrl-C. */
export const interrupted = 130;

/**
 * Ends the process with a clear message when this Node is too old.
 */
export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  console.error(`This needs Node ${oldestNode.join('.')} or newer; this is ${process.version}. See https://nodejs.org`);
  process.exit(2);
}

/**
 * Runs `npm ci` unless node_modules is what package-lock.json asks for.
 *
 * @param {string} root folder of the repository
 * @returns {Promise<boolean>} whether anything was installed
 */
export async function ensureInstalled(root) {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const wanted = createHash('sha256').update(lock).update(process.platform).update(process.arch).digest('hex');
  const stamp = join(root, 'node_modules', '.lulc-installed');
  if (readText(stamp) === wanted) return false;
  const isComplete = holdsAll(JSON.parse(lock), readText(join(root, 'node_modules', '.package-lock.json')) ?? '');
  if (!isComplete) {
    const npm = process.env.npm_execpath;
    const command = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
    await quietly('installing packages (once)', root, ...(npm ? [process.execPath, npm] : ['npm']), ...command);
  }
  writeFileSync(`${stamp}.tmp`, wanted);
  renameSync(`${stamp}.tmp`, stamp);
  return !isComplete;
}

/**
 * Runs a command without its output; shows that when it fails, and ends the process then.
 *
 * @param {string} label what is being done
 * @param {string} root where
 * @param {...string} command the command and its arguments
 */
export async function quietly(label, root, ...command) {
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  const isTerminal = process.stderr.isTTY === true;
  if (!isTerminal) process.stderr.write(`${label} … `);
  const ticking = isTerminal ? setInterval(() => process.stderr.write(`\r${label} … ${seconds()} `), 1000) : undefined;
  const { status, output } = await run(root, command, 'pipe');
  clearInterval(ticking);
  process.stderr.write(`${isTerminal ? `\r${label} … ` : ''}${status === 0 ? seconds() : 'failed'}\n`);
  if (status === 0) return;
  if (status !== interrupted) process.stderr.write(`${output}\n${command.join(' ')} ended with status ${status}\n`);
  process.exit(status);
}

/**
 * Runs a command to its end. Ctrl-C reaches it like this process, which waits for it to end well.
 *
 * @param {string} root where
 * @param {readonly string[]} command the command and its arguments
 * @param {'pipe' | 'inherit'} output whether output is kept or goes on to the terminal
 * @param {Readonly<Record<string, string>>} env further environment variables
 * @returns {Promise<{ status: number, output: string }>} exit status and what was kept
 */
export function run(root, [file, ...args], output, env = {}) {
  return new Promise((done) => {
    const child = spawn(file, args, {
      cwd: root,
      stdio: ['ignore', output, output],
      env: { ...process.env, ...ownSettings, ...env },
    });
    const chunks = [];
    child.stdout?.on('data', (chunk) => chunks.push(chunk));
    child.stderr?.on('data', (chunk) => chunks.push(chunk));
    let stopped = false;
    const wait = () => {
      stopped = true;
    };
    const pass = () => child.kill('SIGTERM');
    process.on('SIGINT', wait).on('SIGTERM', pass);
    const end = (status) => {
      process.off('SIGINT', wait).off('SIGTERM', pass);
      done({ status, output: Buffer.concat(chunks).toString() });
    };
    child.on('error', (error) => {
      chunks.push(Buffer.from(error.message));
      end(1);
    });
    child.on('close', (code, signal) => end(stopped || signal !== null ? interrupted : (code ?? 1)));
  });
}

/** Whether an installation holds every package of the lock file that this platform needs, in the right version. */
function holdsAll(lock, installedText) {
  const installed = parse(installedText)?.packages ?? {};
  return Object.entries(lock.packages).every(([path, entry]) => {
    if (path === '' || !path.startsWith('node_modules/') || entry.link || entry.optional || entry.peer) return true;
    return installed[path]?.version === entry.version && installed[path]?.integrity === entry.integrity;
  });
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // cut off
  }
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
