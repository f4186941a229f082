import { expect, it } from 'vitest';
import { turnstile } from './turnstile.js';

it('lets one item through at a time, and says when it was used', async () => {
  const { items, pass } = turnstile<string>();
  const log: string[] = [];
  const consume = async () => {
    for await (const item of items('x')) {
      log.push(`start ${item}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
      log.push(`end ${item}`);
      if (log.length === 4) break;
    }
  };
  const consuming = consume();
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(log).toEqual([]);
  await pass();
  expect(log).toEqual(['start x', 'end x']);
  void pass();
  await consuming;
  expect(log).toEqual(['start x', 'end x', 'start x', 'end x']);
});
