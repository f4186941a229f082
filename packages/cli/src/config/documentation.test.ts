import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { SpeedReport } from '../commands/modelsBench.js';
import { modelsReference } from '../models/documentation.js';
import { buildProgram } from '../program/program.js';
import { collectIo } from '../testing/collectIo.js';
import { commandReference, configurationReference } from './documentation.js';
import { configTree } from './layout.js';
import { layouts } from './layouts.js';
import { configLeaves } from './tree.js';

/** `LULC_WRITE_DOCS=1` writes the pages instead of comparing them: `npm run docs:reference`. */
const isWriting = process.env.LULC_WRITE_DOCS === '1';

/** What `lulc models bench --all` last wrote, if ever. */
const speedFile = fileURLToPath(new URL('../../../../benchmarks/zoo-speed.json', import.meta.url));
const speeds = existsSync(speedFile) ? (JSON.parse(readFileSync(speedFile, 'utf8')) as SpeedReport) : undefined;

const pages: readonly (readonly [string, () => string])[] = [
  ['configuration.md', () => configurationReference(layouts)],
  ['models.md', () => modelsReference(speeds)],
  ['cli.md', () => commandReference(buildProgram([], collectIo(), () => undefined))],
];

describe('the written reference', () => {
  it.each(pages)('docs/%s says what the sources say', (name, write) => {
    const file = fileURLToPath(new URL(`../../../../docs/${name}`, import.meta.url));
    if (isWriting) writeFileSync(file, write());
    expect(readFileSync(file, 'utf8')).toBe(write());
  });

  it('has the speeds of models next to one, once they are measured', () => {
    const models = [
      { name: 'ResNet50', inference: 100, training: 20 },
      { name: 'MLPMixer', inference: 450, training: 5 },
    ];
    const machine = { system: 'x', cpu: 'y', cores: 2, node: 'v20' };
    const page = modelsReference({ version: '0', machine, engine: 'torch', batch: 8, reference: 'ResNet50', models });
    expect(page).toMatch(/\| MLPMixer \|.*\| 450 \(4\.50 ×\) \| 5\.0 \(0\.25 ×\) \|/);
    expect(modelsReference(undefined)).not.toContain('images/s');
  });

  it('describes every setting', () => {
    const page = configurationReference(layouts);
    for (const layout of layouts) {
      const leaves = configLeaves(configTree(layout));
      for (const { path } of leaves) {
        const key = path.split('.').pop();
        expect(page).toMatch(new RegExp(`\\| \`${key}\` \\||\\*\\*\`${key}: `));
      }
      expect(leaves.filter(({ description }) => description === '')).toEqual([]);
    }
  });
});
