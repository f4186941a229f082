import { expect, it } from 'vitest';
import { random } from '../random/random.js';
import { checkViewRecipe } from './checkViewRecipe.js';
import { drawView } from './drawView.js';
import type { ViewRecipe, ViewStep } from './recipe.js';

const check =
  (steps: readonly object[], rest: object = {}) =>
  () =>
    checkViewRecipe({ size: [8, 8], steps, ...rest } as unknown as ViewRecipe, 4);

it.each<[string, object, RegExp]>([
  ['an area of nothing', { name: 'random-resized-crop', area: [0, 1] }, /area must be two numbers .* above 0 to 1/],
  ['a missing area', { name: 'random-resized-crop' }, /area must be/],
  ['a range the wrong way round', { name: 'contrast', factor: [1.1, 0.9] }, /factor must be .* in order/],
  ['a range of one number', { name: 'gamma', gamma: [1] }, /gamma must be/],
  ['half pixels', { name: 'crop', size: [2.5, 2] }, /size must be \[height, width\] in whole pixels/],
  ['three sizes', { name: 'resize', size: [2, 2, 2] }, /size must be/],
  ['a probability above 1', { name: 'flip', horizontal: 1.5 }, /horizontal must be a number from 0 to 1/],
  ['a probability of a step', { name: 'flip', probability: -0.1 }, /probability must be/],
  ['probabilities that sum up to more', { name: 'flip-choice', horizontal: 0.5, vertical: 0.5, both: 0.5 }, /sum up/],
  ['five quarter turns', { name: 'rot90', turns: [5] }, /turns must be a list of 0, 1, 2, 3/],
  ['a scale of 0', { name: 'affine', scale: [0, 1] }, /scale must be/],
  ['a band that is not there', { name: 'noise', sigma: [0, 1], bands: [4] }, /bands must be different indices/],
  ['a band twice', { name: 'grey', bands: [1, 1] }, /bands must be different indices/],
  ['two channels', { name: 'hsv', channels: [0, 1] }, /channels must be three/],
  ['a hue beyond the circle', { name: 'hsv', channels: [0, 1, 2], hue: 200 }, /hue must be/],
  ['an even kernel', { name: 'blur', kernel: [4] }, /kernel must be a list of 3, 5, 7/],
  ['no blur', { name: 'blur' }, /one of kernel and sigma/],
  ['two kinds of blur', { name: 'blur', kernel: [3], sigma: [1, 2] }, /one of kernel and sigma/],
  ['not a flag', { name: 'gain', perBand: 1 }, /perBand must be true or false/],
  ['an unknown rule', { name: 'contrast', factor: [1, 1], clip: 'type' }, /clip must be one of none, levels, view/],
  [
    'a wrong step in a group',
    { name: 'group', steps: [{ name: 'rot90' }, { name: 'noise', sigma: [-1, 0] }] },
    /sigma/,
  ],
  ['a group without steps', { name: 'group' }, /steps must be a list/],
])('refuses %s', (_, step, message) => {
  expect(check([{ name: 'rot90' }, step])).toThrow(
    expect.objectContaining({ code: 'invalid-argument', message: expect.stringMatching(message) }),
  );
});

it('says where the wrong step is', () => {
  const group = { name: 'group', steps: [{ name: 'rot90' }, { name: 'noise', sigma: [-1, 0] }] };
  expect(check([{ name: 'flip' }, group])).toThrow(
    expect.objectContaining({ where: { step: '1.1 (noise)', option: 'sigma', bands: 4 } }),
  );
});

it('knows the nearest name of a step and of an option', () => {
  const unknown = (hint: string) =>
    expect.objectContaining({ code: 'unknown-name', hint: expect.stringContaining(hint) });
  expect(check([{ name: 'rot9' }])).toThrow(unknown("Did you mean 'rot90'?"));
  expect(check([{ name: 'flip', horizontl: 0.5 }])).toThrow(unknown("Did you mean 'horizontal'?"));
  expect(check([], { sise: 1 })).toThrow(unknown("Did you mean 'size'?"));
});

it('checks the recipe itself', () => {
  for (const rest of [
    { size: [0, 8] },
    { steps: 'flip' },
    { sampling: 'bicubic' },
    { border: 'edge' },
    { antialias: 1 },
    { levels: [1, 0] },
    { levels: 'auto' },
  ]) {
    expect(check([], rest)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  }
  expect(check([], { sampling: 'nearest', border: 'mean', antialias: false, levels: [0, 10000] })).not.toThrow();
});

// the default augmentation of nnU-Net v2 as the cloud specification lists it (section 4.1); noise in shares of four deviations
it('takes what nnU-Net does to its patches', () => {
  const each = { perBand: true, spread: 'balanced' } as const;
  const steps: ViewStep[] = [
    { name: 'affine', rotation: [-180, 180], probability: 0.2 },
    { name: 'affine', scale: [0.7, 1.4], probability: 0.2 },
    { name: 'noise', sigma: [0, 0.025], probability: 0.1 },
    { name: 'blur', sigma: [0.5, 1], perBand: true, bandProbability: 0.5, probability: 0.2 },
    { name: 'gain', factor: [0.75, 1.25], probability: 0.15, ...each },
    { name: 'contrast', factor: [0.75, 1.25], clip: 'view', probability: 0.15, ...each },
    { name: 'low-resolution', zoom: [0.5, 1], perBand: true, bandProbability: 0.5, probability: 0.25 },
    { name: 'gamma', gamma: [0.7, 1.5], invert: true, keepStatistics: true, probability: 0.1, ...each },
    { name: 'gamma', gamma: [0.7, 1.5], keepStatistics: true, probability: 0.3, ...each },
    { name: 'flip' },
  ];
  const recipe: ViewRecipe = { size: [32, 32], border: 'mean', steps };
  expect(() => checkViewRecipe(recipe, 4)).not.toThrow();
  const names = Array.from({ length: 2000 }, (_, i) =>
    drawView(recipe, [64, 64, 4], random(i)).operations.map(({ name }) => name),
  );
  const share = (name: string) => names.filter((drawn) => drawn.includes(name as never)).length / names.length;
  for (const [name, expected] of Object.entries({ noise: 0.1, blur: 0.2, linear: 0.15, gamma: 1 - 0.9 * 0.7 })) {
    expect(Math.abs(share(name) - expected)).toBeLessThan(0.04);
  }
});
