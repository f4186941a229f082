import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { countOperations, useEngine } from '@lulc/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { createModel } from './createModel.js';
import { entryOf, type ModelName, modelNames } from './entries.js';
import { families } from './families.js';
import { type ModelSizes, type NetworkSize, variants } from './modelSizes.js';
import { zooSizes } from './sizes.js';

/** `npm run sizes` writes the table instead of comparing it; the largest networks are compared in packages/conformance. */
const isWriting = process.env.LULC_WRITE_SIZES === '1';
const quick = 1e6;

const elements = (weights: LayersModel['weights']): number =>
  weights.reduce((sum, { shape }) => sum + shape.reduce<number>((product, side) => product * (side ?? 1), 1), 0);

async function measured(name: ModelName): Promise<ModelSizes> {
  const sizes: Partial<Record<'corrected' | 'reference', NetworkSize>> = {};
  let inputSize = 0;
  for (const variant of families[entryOf(name).family].hasVariants ? variants : variants.slice(0, 1)) {
    const model = await createModel(name, { variant });
    inputSize = model.inputs[0].shape[1] as number;
    const { multiplyAdds, uncounted } = countOperations(model);
    expect(uncounted).toEqual([]);
    sizes[variant] = { trainable: elements(model.trainableWeights), total: elements(model.weights), multiplyAdds };
    model.dispose();
  }
  const { corrected, reference = corrected } = sizes;
  return { inputSize, corrected, reference } as ModelSizes;
}

function sourceOf(table: Readonly<Record<string, ModelSizes>>): string {
  const size = ({ trainable, total, multiplyAdds }: NetworkSize): string =>
    `{ trainable: ${trainable}, total: ${total}, multiplyAdds: ${multiplyAdds} }`;
  const rows = Object.entries(table).map(
    ([name, { inputSize, corrected, reference }]) =>
      `  '${name}': {\n    inputSize: ${inputSize},\n    corrected: ${size(corrected)},\n    reference: ${size(reference)},\n  },\n`,
  );
  const source = readFileSync(file, 'utf8');
  return `${source.slice(0, source.indexOf('= {'))}= {\n${rows.join('')}};\n`;
}

const file = fileURLToPath(new URL('./sizes.ts', import.meta.url));

beforeAll(() => useEngine('auto'));

describe('the table of sizes', () => {
  it.runIf(isWriting)(
    'is written',
    async () => {
      const table: Record<string, ModelSizes> = {};
      for (const name of modelNames) table[name] = await measured(name);
      writeFileSync(file, sourceOf(table));
    },
    600_000,
  );

  const checked = isWriting ? [] : modelNames.filter((name) => zooSizes[name].corrected.trainable < quick);
  it.each(checked)('says what %s is', async (name) => {
    expect(await measured(name)).toEqual(zooSizes[name]);
  });
});
