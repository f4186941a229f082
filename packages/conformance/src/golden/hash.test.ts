import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { goldenFolder } from './files.js';
import { hash32, uniform } from './hash.js';

/** Rows of the README's table: k, j, seed, hash32, u. */
const rows = [
  ...readFileSync(join(goldenFolder, 'README.md'), 'utf8').matchAll(
    /^\| (\d+) +\| (\d+) +\| (\d+) +\| (\d+) +\| (-?[\d.]+) +\|$/gm,
  ),
].map((match) => match.slice(1).map(Number));

describe('the hash of the golden vectors', () => {
  it('has the documented examples', () => expect(rows).toHaveLength(7));
  it.each(rows)('k %i, j %i, seed %i', (k, j, seed, hash, u) => {
    expect(hash32(k, j, seed)).toBe(hash);
    expect(uniform(k, j, seed)).toBe(u);
  });
});
