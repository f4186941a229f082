import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useEngine } from '../index.js';
import { memorySource } from '../testing/memorySource.js';
import { tinyClassifier } from '../testing/tinyClassifier.js';
import { compareQuantized } from './compareQuantized.js';
import { predictBatches } from './evaluate.js';

beforeAll(() => useEngine('cpu'));

describe.each(['multi-label', 'single-label'] as const)('compared on %s data', (task) => {
  const source = memorySource({ task, length: 10, batchSize: 4 });
  let model: ReturnType<typeof tinyClassifier>;
  beforeAll(() => {
    model = tinyClassifier(task);
  });
  afterAll(() => model.dispose());

  it('a model is like itself', async () => {
    const report = await compareQuantized(model, model, source);
    expect(report).toMatchObject({ samples: 10, maxDifference: 0, meanDifference: 0, agreement: 1 });
    for (const { delta } of Object.values(report.metrics)) expect(delta).toBe(0);
  });

  it('differences and other decisions are counted', async () => {
    // Turns the probabilities of the first sample around: p becomes 1 − p in its first class.
    const changed = new Map<number, number[]>();
    for await (const { indices, probabilities, shape } of predictBatches(model, source)) {
      for (const [row, index] of indices.entries()) {
        changed.set(index, [...probabilities.slice(row * shape[1], (row + 1) * shape[1])]);
      }
    }
    const [first] = changed.get(0) as number[];
    const before = changed.get(0) as number[];
    const after = [1 - first, ...before.slice(1)];
    changed.set(0, after);
    const report = await compareQuantized(
      model,
      async ({ indices }) => indices.flatMap((i) => changed.get(i) as number[]),
      source,
    );
    const difference = Math.abs(1 - 2 * first);
    expect(report.maxDifference).toBeCloseTo(difference, 6);
    expect(report.meanDifference).toBeCloseTo(difference / 30, 6);
    const top = (p: readonly number[]) => p.indexOf(Math.max(...p));
    const other =
      task === 'multi-label' ? Number(first >= 0.5 !== 1 - first >= 0.5) : Number(top(before) !== top(after));
    expect(report.agreement).toBeCloseTo(1 - other / (task === 'multi-label' ? 30 : 10), 12);
  });

  it('another number of probabilities is refused', async () => {
    await expect(compareQuantized(model, async () => [0.5], source)).rejects.toMatchObject({ code: 'shape-mismatch' });
  });

  it('ends by its signal', async () => {
    const signal = AbortSignal.abort();
    await expect(compareQuantized(model, model, source, { signal })).rejects.toMatchObject({ code: 'aborted' });
  });
});
