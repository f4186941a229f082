import { describe, expect, it } from 'vitest';
import { blockCache } from './blockCache.js';

/** A cache that writes down what it loads. */
function watched(limit: number) {
  const cache = blockCache<Uint8Array>(limit);
  const loaded: string[] = [];
  const get = (key: string, bytes = 10) =>
    cache.get(key, async () => {
      loaded.push(key);
      return new Uint8Array(bytes);
    });
  return { cache, loaded, get };
}

describe('blockCache', () => {
  it('loads a block once, also when it is asked for twice at the same time', async () => {
    const { loaded, get } = watched(100);
    const [a, b] = await Promise.all([get('a'), get('a')]);
    expect(await get('a')).toBe(a);
    expect([a === b, loaded]).toEqual([true, ['a']]);
  });

  it('forgets what was not used for longest, to stay within its bytes', async () => {
    const { loaded, get } = watched(30);
    for (const key of ['a', 'b', 'c', 'a', 'd', 'a', 'c', 'b']) await get(key);
    expect(loaded).toEqual(['a', 'b', 'c', 'd', 'b']);
    await get('large', 31);
    for (const key of ['large', 'a']) await get(key);
    expect(loaded.slice(5)).toEqual(['large', 'large', 'a']);
  });

  it('does not keep what could not be loaded, nor what was loading when it was cleared', async () => {
    const { cache, loaded, get } = watched(100);
    await expect(cache.get('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    const pending = get('a');
    cache.clear();
    await pending;
    await get('a');
    expect(loaded).toEqual(['a', 'a']);
  });
});
