import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../program/program.js';
import { collectIo } from '../testing/collectIo.js';
import { commandReference, configurationReference } from './documentation.js';
import { configLeaves } from './tree.js';

/** `LULC_WRITE_DOCS=1` writes the pages instead of comparing them: `npm run docs:reference`. */
const isWriting = process.env.LULC_WRITE_DOCS === '1';

const pages: readonly (readonly [string, () => string])[] = [
  ['configuration.md', configurationReference],
  ['cli.md', () => commandReference(buildProgram([], collectIo(), () => undefined))],
];

describe('the written reference', () => {
  it.each(pages)('docs/%s says what the sources say', (name, write) => {
    const file = fileURLToPath(new URL(`../../../../docs/${name}`, import.meta.url));
    if (isWriting) writeFileSync(file, write());
    expect(readFileSync(file, 'utf8')).toBe(write());
  });

  it('describes every setting', () => {
    const page = configurationReference();
    for (const { path } of configLeaves()) {
      const key = path.split('.').pop();
      expect(page).toMatch(new RegExp(`\\| \`${key}\` \\||\\*\\*\`${key}: `));
    }
    expect(configLeaves().filter(({ description }) => description === '')).toEqual([]);
  });
});
