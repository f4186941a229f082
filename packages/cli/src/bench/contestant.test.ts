import { describe, expect, it } from 'vitest';
import { type Launch, startContestant } from './contestant.js';

const launch = (program: string, ...args: string[]): Launch => ({
  name: 'someone',
  mode: 'train',
  command: [program, ...args],
  task: { network: 'unet', size: 8, batch: 1, threads: 3 },
});
const start = (what: Launch, signal = new AbortController().signal) => startContestant(what, process.env, signal);

/** A contestant in a few lines of JavaScript. */
const script = (body: string): Launch =>
  launch(
    process.execPath,
    '-e',
    `const say = (lulcBench) => console.log(JSON.stringify({ lulcBench })); const task = JSON.parse(process.argv[1]); ${body}`,
  );
const ready = `say({ version: process.env.OMP_NUM_THREADS, device: 'cpu', parameters: task.batch, stepMs: 1 });`;

describe('a contestant', () => {
  it('gets its task and its threads, and does steps when asked', async () => {
    const contestant = await start(
      script(`${ready} process.stdin.on('data', (n) => say({ ms: Array(Number(n)).fill(0.5) }));`),
    );
    expect(contestant.ready).toEqual({ version: '3', device: 'cpu', parameters: 1, stepMs: 1 });
    expect(await contestant.run(2)).toEqual([0.5, 0.5]);
    expect(await contestant.run(3)).toEqual([0.5, 0.5, 0.5]);
    contestant.end();
  });

  it.each([
    ['cannot be started', launch('no-such-program'), /cannot be started: .*ENOENT/],
    ['ends', script(`console.error('boom'); process.exitCode = 3;`), /it ended \(status 3\): boom/],
    ['refuses', script(`say({ error: 'not here' }); process.stdin.resume();`), /^not here$/],
  ])('that %s says why', async (_, what, words) => {
    await expect(start(what)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(words) });
  });

  it('that ends while others are running fails in its next turn', async () => {
    const contestant = await start(
      script(`${ready} process.stdin.once('data', () => process.kill(process.pid, 'SIGKILL'));`),
    );
    await expect(contestant.run(1)).rejects.toMatchObject({ code: 'unavailable', message: 'it ended (SIGKILL)' });
    await expect(contestant.run(1)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('is ended by Ctrl-C', async () => {
    const stop = new AbortController();
    const starting = start(script('process.stdin.resume();'), stop.signal);
    stop.abort();
    await expect(starting).rejects.toMatchObject({ code: 'aborted' });
  });
});
