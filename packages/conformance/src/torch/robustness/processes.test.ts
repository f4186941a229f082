import { describe, expect, it } from 'vitest';
import { loadTorch } from '../available.js';
import { bundleProgram, programFolder } from '../program/bundle.js';
import { runProgram } from '../program/run.js';

const torch = await loadTorch();

async function bundled(name: string): Promise<string> {
  const bundle = `${programFolder('robustness')}/${name}.cjs`;
  await bundleProgram(new URL(`./${name}.ts`, import.meta.url), bundle);
  return bundle;
}

describe.skipIf('missing' in torch)('processes and threads', () => {
  it('computes right in several threads at once, and outlives those that are ended', async () => {
    const { status, output, complaints } = await runProgram(await bundled('worker'));
    expect({ status, output: output.trim() }, complaints).toEqual({ status: 0, output: 'done' });
  });

  it.each([
    ['exit', 3],
    ['throw', 1],
    ['end', 0],
    ['worker', 3],
  ] as const)('ends cleanly with work in flight: %s', async (how, expected) => {
    const { status, complaints } = await runProgram(await bundled('exit'), [how], 60);
    expect(status, complaints).toBe(expected);
    expect(complaints).not.toMatch(/terminate called|Segmentation|double free|corrupt/i);
  });

  it('refuses damaged commands and programs, and goes on', async () => {
    const { status, output, complaints } = await runProgram(await bundled('hostile'), ['1', '2']);
    const last = output.trimEnd().split('\n').at(-1);
    expect({ status, last }, complaints).toEqual({ status: 0, last: 'done' });
  });
});
