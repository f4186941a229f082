import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { BenchReport } from '../bench/report.js';
import { exitCodes } from '../program/exitCodes.js';
import { runCollected } from '../testing/collectIo.js';

const folder = mkdtempSync(path.join(tmpdir(), 'lulc-bench-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const tiny = ['bench', '--models', 'unet', '--size', '8', '--batch', '2', '--engine', 'cpu', '--rounds', '1', '--json'];

/** A peer that does no work but says that each step took a minute; the best one claims to be another network. */
function slowPeer(parameters: number): string {
  const program = path.join(folder, 'peer.mjs');
  writeFileSync(
    program,
    `import { createInterface } from 'node:readline';
const { style } = JSON.parse(process.argv[2]);
const say = (lulcBench) => console.log(JSON.stringify({ lulcBench }));
console.log('talk that is no answer');
say({ version: 'slow', device: 'cpu', parameters: style === 'eager' ? ${parameters} : 1, stepMs: 60000 });
for await (const line of createInterface({ input: process.stdin })) say({ ms: Array(Number(line)).fill(60000) });
`,
  );
  const python = path.join(folder, 'python');
  writeFileSync(python, `#!/bin/sh\n[ "$1" = -c ] && exit 0\nexec "${process.execPath}" "${program}" "$3"\n`);
  chmodSync(python, 0o755);
  return python;
}

describe('lulc bench', () => {
  it.each([
    ['an unknown network', ['--models', 'resnet49'], exitCodes.usage, "Did you mean 'resnet"],
    ['an unknown mode', ['--modes', 'trian'], exitCodes.usage, "Did you mean 'train'?"],
    ['an unknown engine', ['--engine', 'wsm'], exitCodes.usage, "Did you mean 'wasm'?"],
    ['auto as an engine', ['--engine', 'auto'], exitCodes.usage, 'auto'],
    ['no batch', ['--batch', '0'], exitCodes.usage, 'batch must be a whole number above 0'],
    ['a batch that is no number', ['--batch', '1,x'], exitCodes.usage, 'batch must be a whole number above 0'],
    ['no round', ['--rounds', '0'], exitCodes.usage, 'rounds must be a whole number above 0'],
    ['a Python that is not there', ['--python', 'no-such-python'], exitCodes.engine, '--python none'],
  ])('refuses %s', async (_, argv, status, words) => {
    const result = await runCollected(['bench', ...argv]);
    expect([result.status, result.out]).toEqual([status, '']);
    expect(result.err).toContain(words);
  });

  it('measures on an engine, compares with a peer, and leaves out another network', async () => {
    const first = await runCollected([...tiny, '--python', 'none', '--modes', 'predict']);
    expect(first.status).toBe(exitCodes.ok);
    const { rows } = JSON.parse(first.out) as BenchReport;
    expect(rows).toMatchObject([
      { contestant: 'cpu', mode: 'predict', work: 'inference', size: 8, batch: 2, timesPeer: {} },
    ]);
    expect(rows[0].imagesPerSecond).toBeGreaterThan(0);

    const out = path.join(folder, 'results.json');
    const python = slowPeer(rows[0].parameters as number);
    const second = await runCollected([...tiny, '--python', python, '--modes', 'train', '--out', out]);
    expect(second.status).toBe(exitCodes.ok);
    const report = JSON.parse(second.out) as BenchReport;
    expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(report);
    expect(report.rows.map(({ contestant, mode }) => [contestant, mode])).toEqual([
      ['cpu', 'train'],
      ['pytorch', 'eager'],
    ]);
    const [own, peer] = report.rows;
    expect(own.timesPeer.pytorch).toBeCloseTo(60_000 / own.stepMs, 5);
    expect(peer).toMatchObject({ stepMs: 60_000, timesPeer: { pytorch: 1 } });
    expect(report.leftOut).toMatchObject([
      { contestant: 'pytorch-best', reason: expect.stringContaining('not the same network') },
    ]);
  });

  it('says so when nothing could be measured', async () => {
    const { status, err } = await runCollected([...tiny, '--size', '9', '--python', 'none']); // no U-Net has 9 pixels
    expect(status).toBe(exitCodes.engine);
    expect(err).toContain('inputSize must be a multiple of 8, got 9');
  });
});
