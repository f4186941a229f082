import { expect, it } from 'vitest';
import { checkFingerprint } from './runSettings.js';

it('takes settings for the same in whatever order their keys are', () => {
  const stored = { schedule: { name: 'cosine', per: 'epoch', floor: 0 }, bands: ['B04', 'B08'], seed: 1 };
  const same = { seed: 1, bands: ['B04', 'B08'], schedule: { name: 'cosine', floor: 0, per: 'epoch' } };
  expect(() => checkFingerprint(stored, same, 'runs/x')).not.toThrow();
});

it.each([
  ['a number', { seed: 2 }, 'seed was 1, is 2'],
  ['the order of a list', { bands: ['B08', 'B04'] }, 'bands was ["B04","B08"], is ["B08","B04"]'],
  ['a part of a record', { schedule: { name: 'cosine' } }, 'schedule was'],
  ['what is new', { frozen: [] }, 'frozen was undefined, is []'],
])('names %s that differs', (_, changed, words) => {
  const stored = { schedule: { name: 'cosine', per: 'epoch' }, bands: ['B04', 'B08'], seed: 1 };
  expect(() => checkFingerprint(stored, { ...stored, ...changed }, 'runs/x')).toThrow(words);
});
