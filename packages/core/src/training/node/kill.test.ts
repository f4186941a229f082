import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trainTiny } from '../../testing/killedTraining.js';

// Inside the package, so that the built script finds the package's dependencies.
const cache = fileURLToPath(new URL('../../../node_modules/.cache', import.meta.url));
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, 'kill-test-'));

beforeAll(async () => {
  await build({
    entry: { child: fileURLToPath(new URL('../../testing/killedTraining.ts', import.meta.url)) },
    outDir: folder,
    format: ['esm'],
    target: 'es2022',
    platform: 'node',
    config: false,
    silent: true,
    outExtension: () => ({ js: '.mjs' }),
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the training in a process; kills it without warning once it has reported `killAt`. */
function run(killAt: number): Promise<{ signal: string | null; steps: string[]; weights: unknown }> {
  const child = spawn(process.execPath, [join(folder, 'child.mjs'), join(folder, 'checkpoints')], {
    env: { ...process.env, LULC_KILLED_TRAINING: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const steps: string[] = [];
  let weights: unknown;
  createInterface(child.stdout).on('line', (line) => {
    if (line.startsWith('weights ')) weights = JSON.parse(line.slice('weights '.length));
    else steps.push(line);
    if (line === `step ${killAt}`) child.kill('SIGKILL');
  });
  return new Promise((resolve) => {
    child.on('close', (_, signal) => resolve({ signal, steps, weights }));
  });
}

describe('a training process killed mid-epoch', () => {
  it('goes on from its checkpoints and ends with bit-identical weights', async () => {
    const unbroken = await trainTiny(undefined, () => {});
    // Nine steps an epoch: the kills fall into the first, third and fourth epoch, off the checkpoints.
    const first = await run(6);
    expect(first.signal).toBe('SIGKILL');
    expect(first.steps[0]).toBe('start 0');
    const second = await run(22);
    expect(second.signal).toBe('SIGKILL');
    expect(Number(second.steps[0].split(' ')[1])).toBeGreaterThanOrEqual(4);
    const third = await run(33);
    expect(third.signal).toBe('SIGKILL');
    expect(Number(third.steps[0].split(' ')[1])).toBeGreaterThanOrEqual(20);
    const last = await run(-1);
    expect(last).toMatchObject({ signal: null, weights: unbroken });
    expect(last.steps.at(-1)).toBe('step 45');
  });
});
