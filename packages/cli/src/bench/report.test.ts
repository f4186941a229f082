import { expect, it } from 'vitest';
import type { Contestant } from './contestant.js';
import { benchNetwork } from './networks.js';
import { type BenchReport, benchText, heatRows } from './report.js';

function contestant(name: string, mode: string, detail?: string): Contestant {
  return {
    name,
    mode,
    ready: { version: `${name} 1.0`, device: 'cpu', parameters: 7, stepMs: 1, ...(detail ? { detail } : {}) },
    run: async () => [],
    end: () => undefined,
  };
}

it('puts every contestant beside the peers, in rows and in words', async () => {
  const times = new Map([
    [contestant('torch', 'train'), [[10], [20]]],
    [contestant('pytorch', 'eager'), [[20], [40]]],
    [contestant('pytorch-best', 'best', 'compiled (tried a: 5.0 ms)'), [[5], [10]]],
  ]);
  const heat = { network: await benchNetwork('unet'), size: 64, batch: 2, work: 'training' } as const;
  const rows = heatRows(heat, times);
  expect(rows.map(({ contestant: name, mode, timesPeer }) => [name, mode, timesPeer])).toEqual([
    ['torch', 'train', { pytorch: 2, 'pytorch-best': 0.5 }],
    ['pytorch', 'eager', { pytorch: 1, 'pytorch-best': 0.25 }],
    ['pytorch-best', 'best', { pytorch: 4, 'pytorch-best': 1 }],
  ]);
  expect(rows[0]).toMatchObject({ network: 'unet', size: 64, batch: 2, parameters: 7, stepMs: 15, steps: 2 });

  const lost = {
    work: 'training',
    network: 'unet',
    size: 64,
    contestant: 'wasm',
    mode: 'train',
    reason: 'gone',
  } as const;
  const report: BenchReport = {
    version: '1',
    node: 'v20',
    machine: { system: 'x', cpu: 'y', cores: 2 },
    threads: 2,
    rounds: 2,
    rows,
    leftOut: [
      { ...lost, batch: 2 },
      { ...lost, batch: 4 },
    ],
  };
  const text = benchText(report);
  expect(text).toMatch(/│ unet +│ +64 │ +2 │ +torch train │ +133 │ +100 │ +200 │ +2\.00 │ +0\.50 │/);
  expect(text).toContain('pytorch-best best (training, unet 64×64, batch 2): compiled (tried a: 5.0 ms)');
  expect(text).toContain('  wasm train: gone (unet, batch 2; unet, batch 4)');
});
