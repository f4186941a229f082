import { ignoreLabel } from '../data/segmentation.js';
import { LulcError, unknownName } from '../errors/lulcError.js';
import { knownOption } from '../errors/optionChecks.js';
import { automaticSizes } from './kernels.js';
import type { ViewRecipe, ViewStep, ViewStepName } from './recipe.js';

/** What an option must be, and whether a value is that. */
interface Check {
  readonly must: string;
  readonly holds: (value: unknown, bands: number) => boolean;
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isList = (value: unknown, of: (entry: unknown) => boolean): value is unknown[] =>
  Array.isArray(value) && value.length > 0 && value.every(of);

const within = (low: number, high: number): Check => ({
  must: `a number from ${low} to ${high}`,
  holds: (value) => isNumber(value) && value >= low && value <= high,
});
const share = within(0, 1);
const flag: Check = { must: 'true or false', holds: (value) => typeof value === 'boolean' };
const oneOf = (...names: readonly string[]): Check => ({
  must: `one of ${names.join(', ')}`,
  holds: (value) => typeof value === 'string' && names.includes(value),
});

/** `[low, high]` with both ends in an interval; `above`: its lower end does not belong to it. */
function range(low: number, high: number, end: 'from' | 'above' = 'from'): Check {
  const isIn = (value: unknown): boolean =>
    isNumber(value) && (end === 'from' ? value >= low : value > low) && value <= high;
  return {
    must: `two numbers [low, high] ${end} ${low}${high === Infinity ? '' : ` to ${high}`}, in order`,
    holds: (value) => isList(value, isIn) && value.length === 2 && (value[0] as number) <= (value[1] as number),
  };
}
const anyRange: Check = { ...range(-Infinity, Infinity), must: 'two numbers [low, high], in order' };
const factor = range(0, Infinity);
const positive = range(0, Infinity, 'above');
const count = (value: unknown): boolean => Number.isInteger(value) && (value as number) > 0;
const wholeSize: Check = {
  must: '[height, width] in whole pixels',
  holds: (value) => isList(value, count) && value.length === 2,
};
const wholeLengths: Check = {
  must: '[height, width] in whole pixels, 0 or more',
  holds: (value) =>
    isList(value, (length) => Number.isInteger(length) && (length as number) >= 0) && value.length === 2,
};
const bandList: Check = {
  must: 'different indices of bands',
  holds: (value, bands) =>
    isList(value, (band) => Number.isInteger(band) && (band as number) >= 0 && (band as number) < bands) &&
    new Set(value).size === value.length,
};
const listOf = (entries: readonly number[]): Check => ({
  must: `a list of ${entries.join(', ')}`,
  holds: (value) => isList(value, (entry) => entries.includes(entry as number)),
});
const variant = oneOf('corrected', 'reference');
const spread = oneOf('uniform', 'balanced');
const perBand = { bands: bandList, bandProbability: share, perBand: flag };

type StepChecks = Readonly<Record<string, Check>>;

/** The options of every step beside name, probability and shared. */
const options: Readonly<Record<ViewStepName, { readonly needed: StepChecks; readonly optional: StepChecks }>> = {
  'random-resized-crop': {
    needed: { area: range(0, 1, 'above') },
    optional: { aspect: positive, tries: { must: 'a whole number above 0', holds: count }, variant },
  },
  crop: {
    needed: { size: wholeSize },
    optional: { position: oneOf('random', 'centre', 'focus'), overhang: wholeLengths, variant },
  },
  resize: { needed: { size: wholeSize }, optional: {} },
  flip: { needed: {}, optional: { horizontal: share, vertical: share } },
  'flip-choice': { needed: { horizontal: share, vertical: share, both: share }, optional: {} },
  rot90: { needed: {}, optional: { turns: listOf([0, 1, 2, 3]) } },
  affine: {
    needed: {},
    optional: { rotation: anyRange, scale: positive, extent: positive, aspect: positive, shift: anyRange },
  },
  hsv: {
    needed: { channels: { ...bandList, must: 'three different indices of bands' } },
    optional: { hue: within(0, 180), saturation: share, value: share, variant },
  },
  brightness: { needed: { amount: range(-1, 1) }, optional: perBand },
  contrast: { needed: { factor }, optional: { ...perBand, spread, clip: oneOf('none', 'levels', 'view') } },
  gain: {
    needed: {},
    optional: { ...perBand, spread, factor, offset: anyRange, about: oneOf('black', 'mean') },
  },
  gamma: { needed: { gamma: positive }, optional: { ...perBand, spread, invert: flag, keepStatistics: flag } },
  saturation: { needed: { factor }, optional: { bands: bandList } },
  grey: { needed: {}, optional: { from: oneOf('band', 'mean'), bands: bandList } },
  blur: { needed: {}, optional: { ...perBand, kernel: listOf(automaticSizes), sigma: factor, perAxis: flag } },
  noise: { needed: { sigma: factor }, optional: perBand },
  'pixel-noise': { needed: { share }, optional: { bands: bandList } },
  'drop-bands': { needed: { bandProbability: share }, optional: { bands: bandList } },
  'low-resolution': { needed: { zoom: range(0, 1, 'above') }, optional: perBand },
  group: {
    needed: { steps: { must: 'a list of steps', holds: (value) => Array.isArray(value) } },
    optional: {},
  },
};

/** What the options of a step must be to each other. */
function conflict(step: ViewStep): string | undefined {
  if (step.name === 'flip-choice' && step.horizontal + step.vertical + step.both > 1 + 1e-9) {
    return 'horizontal, vertical and both must sum up to at most 1';
  }
  if (step.name === 'hsv' && step.channels.length !== 3) return 'channels must be three different indices of bands';
  if (step.name === 'blur' && (step.kernel === undefined) === (step.sigma === undefined)) {
    return 'one of kernel and sigma must be given';
  }
  return undefined;
}

function checkOptions(
  given: object,
  { needed, optional }: { readonly needed: StepChecks; readonly optional: StepChecks },
  bands: number,
  place: string,
): void {
  const checks = { ...needed, ...optional };
  const values = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [option, value] of values) {
    if (!Object.hasOwn(checks, option)) throw unknownName('option', option, Object.keys(checks), { step: place });
    if (checks[option].holds(value, bands)) continue;
    throw invalid(`${option} must be ${checks[option].must}`, { step: place, option, bands });
  }
  const missing = Object.keys(needed).find((option) => !values.some(([name]) => name === option));
  if (missing !== undefined)
    throw invalid(`${missing} must be ${needed[missing].must}`, { step: place, option: missing });
}

function invalid(message: string, where: Readonly<Record<string, string | number>>): LulcError {
  return new LulcError('invalid-argument', message, { where });
}

function checkSteps(steps: readonly ViewStep[], bands: number, place: string): void {
  steps.forEach((step, index) => {
    const { name, probability = 1, shared = false, ...own } = step;
    const at = `${place}${index}`;
    const entry = options[knownOption(`${at}.name`, name, Object.keys(options) as ViewStepName[])];
    checkOptions({ probability, shared }, { needed: {}, optional: { probability: share, shared: flag } }, bands, at);
    checkOptions(own, entry, bands, `${at} (${name})`);
    const wrong = conflict(step);
    if (wrong !== undefined) throw invalid(wrong, { step: `${at} (${name})` });
    if (step.name === 'group') checkSteps(step.steps, bands, `${at}.`);
  });
}

const recipeOptions = {
  needed: { size: wholeSize, steps: { must: 'a list of steps', holds: (value: unknown) => Array.isArray(value) } },
  optional: {
    sampling: oneOf('bilinear', 'nearest'),
    border: oneOf('reflect', 'zero', 'mean'),
    outside: {
      must: 'a class index or the ignore label, 0 to 255',
      holds: (value: unknown) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= ignoreLabel,
    },
    antialias: flag,
    levels: {
      must: "'type', 'scaling' or [black, white]",
      holds: (value: unknown) =>
        value === 'type' ||
        value === 'scaling' ||
        (isList(value, isNumber) && value.length === 2 && (value[0] as number) < (value[1] as number)),
    },
  },
};

/**
 * Checks a recipe, e.g. one from a configuration file, before anything is drawn from it.
 *
 * @param recipe what to check
 * @param bands number of bands of the images it is for
 * @throws LulcError `unknown-name` for a step or option there is not, `invalid-argument` for a value outside its range; they
 * name the step by its place, counted from 0
 * @example
 * ```ts
 * import { checkViewRecipe } from '@lulc/core/views';
 *
 * checkViewRecipe({ size: [224, 224], steps: [{ name: 'blur', kernel: [3, 5, 7], probability: 0.5 }] }, 4);
 * ```
 */
export function checkViewRecipe(recipe: ViewRecipe, bands: number): void {
  checkOptions(recipe, recipeOptions, bands, 'recipe');
  checkSteps(recipe.steps, bands, '');
}
