import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { LulcError } from '../../errors/lulcError.js';

/**
 * Runs `body` while no other process does so for the same lock file. The lock of a process that no longer lives is taken
 * over; for one that lives, this waits.
 *
 * @param file lock file; its folder is made
 * @param log told once when waiting begins
 * @param patienceSeconds how long to wait for the other process
 * @param body what to do
 */
export async function withInstallLock<T>(
  file: string,
  log: (line: string) => void,
  patienceSeconds: number,
  body: () => Promise<T>,
): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const deadline = Date.now() + patienceSeconds * 1000;
  for (let waiting = false; !(await take(file)); waiting = true) {
    const owner = Number(await readFile(file, 'utf8').catch(() => ''));
    if (!lives(owner)) {
      await rm(file, { force: true });
      continue;
    }
    if (Date.now() > deadline)
      throw new LulcError('unavailable', `another installation has been running for more than ${patienceSeconds} s`, {
        where: { process: owner, file },
        hint: 'If it is not an installation, remove the file.',
      });
    if (!waiting) log(`Another installation (process ${owner}) is running; waiting for it.`);
    await pause(500);
  }
  try {
    return await body();
  } finally {
    await rm(file, { force: true });
  }
}

async function take(file: string): Promise<boolean> {
  try {
    await writeFile(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Whether a process id is alive (also when it belongs to somebody else). */
export function lives(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
