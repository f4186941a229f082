import { memoryCheckpoints, useEngine, weightArrays } from '@lulc/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { plainConvUnet } from '../network/plainConvUnet.js';
import type { Plan } from '../plan/plan.js';
import { overrule, planFor } from '../plan/planFor.js';
import { crossValidation } from '../splits/splits.js';
import { chipNormalization, memoryChips, memorySource } from '../testing/memoryChips.js';
import { outOfFold, splitIndices } from './folds.js';
import { planLoading } from './planLoading.js';
import { nnUNetRecipe, recipeWith } from './recipe.js';
import { trainUnet } from './trainUnet.js';

beforeAll(() => useEngine('wasm'));

const tinyPlan = (epochs = 3): Plan => {
  const { info } = memoryChips({ length: 1, size: 8 });
  const fingerprint = {
    dataset: info.name,
    bands: info.bands,
    classes: info.classes,
    shapes: Array.from({ length: 200 }, () => [8, 8] as const),
    spacings: Array.from({ length: 200 }, () => [1, 1] as const),
    medianRelativeSize: 1,
    hasIgnored: false,
    foreground: undefined,
    overall: undefined,
  };
  const reason = 'a test';
  return planFor({
    fingerprint,
    normalization: chipNormalization,
    overrides: [
      {
        field: 'strides',
        value: [
          [1, 1],
          [2, 2],
          [2, 2],
        ],
        reason,
      },
      { field: 'widths', value: [4, 4, 4], reason },
      { field: 'batchSize', value: 4, reason },
      { field: 'epochs', value: epochs, reason },
      { field: 'iterations', value: 4, reason },
      { field: 'validationIterations', value: 2, reason },
    ],
  });
};

describe('planLoading', () => {
  it('says how both parts are loaded', () => {
    const plan = tinyPlan();
    const train = planLoading(plan, { seed: 3 });
    expect(train).toMatchObject({
      batchSize: 4,
      normalization: chipNormalization,
      seed: 3,
      sampling: { iterations: 4, foregroundShare: 0.33 },
      view: { size: [8, 8], outside: 255 },
    });
    const validation = planLoading(plan, { part: 'validation', variant: 'reference' });
    expect(validation).toMatchObject({ sampling: { iterations: 2 }, view: { size: [8, 8], outside: 0 } });
    expect(train.view.steps.length).toBeGreaterThan(validation.view.steps.length);
    expect(validation.view.steps).toHaveLength(1);
    expect(JSON.parse(JSON.stringify(train))).toEqual(train);
    expect(() => planLoading(plan, { part: 'val' as 'train' })).toThrow(/validation/);
  });
});

describe('trainUnet', () => {
  const data = () => ({
    train: memorySource(memoryChips({ length: 16, size: 8 }), 4),
    validation: memorySource(memoryChips({ length: 8, size: 8, seed: 2 }), 4),
  });

  it("learns by nnU-Net's recipe, and judges by the moving average of Dice", async () => {
    const plan = tinyPlan(12);
    const { model, result } = await trainUnet({ plan, ...data(), seed: 3 });
    expect(result).toMatchObject({ epochs: 12, steps: 48, best: { metric: 'foregroundF1' } });
    const rates = result.history.map(({ learningRate }) => learningRate);
    for (const [epoch, rate] of rates.entries()) expect(rate).toBeCloseTo(0.01 * (1 - epoch / 12) ** 0.9, 12);
    let average = result.history[0].metrics.foregroundF1;
    const averages = result.history.map(({ metrics }) => (average += (metrics.foregroundF1 - average) / 1.2));
    expect(result.best?.value).toBeCloseTo(Math.max(...averages), 12);
    expect(result.history[11].trainLoss).toBeLessThan(result.history[0].trainLoss - 0.3);
    expect(model.countParams()).toBe(plainConvUnet({ widths: [4, 4, 4], bands: 2, inputSize: 8 }).countParams());
  });

  it('is decided by its seed, and goes on where it was ended', async () => {
    const plan = tinyPlan(2);
    const whole = await trainUnet({ plan, ...data(), seed: 3, restoreBest: false });
    const store = memoryCheckpoints();
    const abort = new AbortController();
    const listeners = [(event: { type: string; step?: number }) => void (event.step === 3 && abort.abort())];
    const first = await trainUnet({
      plan,
      ...data(),
      seed: 3,
      checkpoints: { store },
      signal: abort.signal,
      listeners,
    });
    expect(first.result.stopped).toBe('aborted');
    const wider = overrule(plan, [{ field: 'foregroundShare', value: 0.5, reason: 'a test' }]);
    await expect(trainUnet({ plan: wider, ...data(), seed: 3, checkpoints: { store } })).rejects.toThrow(/plan/);
    const rest = await trainUnet({ plan, ...data(), seed: 3, restoreBest: false, checkpoints: { store } });
    expect(await weightArrays(rest.model)).toEqual(await weightArrays(whole.model));
  });

  it('takes other parts of the recipe with a reason only, and refuses data of another plan', async () => {
    expect(recipeWith([])).toEqual(nnUNetRecipe);
    const adam = { field: 'optimizer', value: 'adam', reason: 'few steps' } as const;
    expect(recipeWith([adam])).toEqual({ ...nnUNetRecipe, optimizer: 'adam' });
    expect(() => recipeWith([{ ...adam, reason: ' ' }])).toThrow(/without a reason/);
    const { train } = data();
    const plan = tinyPlan(1);
    const unlike = memorySource(memoryChips({ length: 4, size: 8 }), 2);
    await expect(trainUnet({ plan, train: unlike })).rejects.toThrow(/samples in a step 4, the data 2/);
    const { result, overrides } = await trainUnet({ plan, train: unlike, accumulate: 2, overrides: [adam] });
    expect([result.steps, overrides]).toEqual([1, [adam]]);
    const bands = { ...train, info: { ...train.info, bands: ['B08', 'B04'] } };
    await expect(trainUnet({ plan, train: bands })).rejects.toMatchObject({ code: 'incompatible' });
  });
});

describe('folds', () => {
  const cases = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id }));

  it('ask of every sample the network that has not seen it', () => {
    const splits = crossValidation({ cases, folds: 3 });
    const foldOf = outOfFold(splits);
    for (const { id } of cases) expect(splits[foldOf(id) as number].train).not.toContain(id);
    expect(foldOf('unlabelled')).toBeUndefined();
    expect(() => outOfFold(splits.slice(0, 1))(splits[0].train[0])).toThrow(/no fold validates/);
    expect(() => outOfFold([splits[0], splits[0]])).toThrow(/folds 0 and 1/);
  });

  it('become indices', () => {
    const ids = ['e', 'd', 'c', 'b', 'a'];
    const [split] = crossValidation({ cases, folds: 5 });
    const { train, val } = splitIndices(ids, split);
    expect(train.map((i) => ids[i])).toEqual(split.train);
    expect(val.map((i) => ids[i])).toEqual(split.val);
    expect(() => splitIndices(['a'], split)).toThrow(expect.objectContaining({ code: 'incompatible' }));
    expect(() => splitIndices(['a', 'a'], split)).toThrow(/one id/);
  });
});
