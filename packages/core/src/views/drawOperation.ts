import type { Random } from '../random/random.js';
import { drawUniform } from './frame.js';
import { automaticKernel, gaussianKernel } from './kernels.js';
import type { DrawnOperation } from './operations.js';
import type { BandOptions, PhotometricStep, Range } from './recipe.js';

const everyBand = (bands: number): number[] => Array.from({ length: bands }, (_, band) => band);

const drawSeed = (random: Random): number => random.integer(4294967296);

function drawFactor(range: Range, spread: BandOptions['spread'], random: Random): number {
  if (spread !== 'balanced') return drawUniform(range, random);
  return drawUniform(random.next() < 0.5 ? [range[0], 1] : [1, range[1]], random);
}

/** One value per band: drawn where the band is changed, `neutral` elsewhere. */
function perBand<T>(
  { bands: chosen, bandProbability = 1, perBand: isEach = false }: BandOptions,
  bands: number,
  random: Random,
  neutral: T,
  draw: () => T,
): T[] {
  const common = draw();
  return everyBand(bands).map((band) => {
    const own = isEach ? draw() : common;
    const isChanged = random.next() < bandProbability && (chosen?.includes(band) ?? true);
    return isChanged ? own : neutral;
  });
}

/** What each photometric step does, its numbers drawn. */
const draws: {
  readonly [Name in PhotometricStep['name']]: (
    step: Extract<PhotometricStep, { name: Name }>,
    bands: number,
    random: Random,
  ) => DrawnOperation;
} = {
  hsv: ({ channels, hue = 0, saturation = 0, value = 0, variant = 'corrected' }, _, random) => ({
    name: 'hsv',
    channels,
    hue: drawUniform([-hue, hue], random),
    saturation: drawUniform([-saturation, saturation], random),
    value: drawUniform([-value, value], random),
    wrap: variant === 'reference' ? 152 : 360,
  }),
  brightness: (step, bands, random) => {
    const amounts = perBand(step, bands, random, 0, () => drawUniform(step.amount, random));
    return {
      name: 'linear',
      about: 'black',
      gain: amounts.map((amount) => 1 - Math.abs(amount)),
      offset: amounts.map((amount) => Math.max(amount, 0)),
    };
  },
  contrast: (step, bands, random) => ({
    name: 'contrast',
    factor: perBand(step, bands, random, 1, () => drawFactor(step.factor, step.spread, random)),
    clip: step.clip ?? 'none',
  }),
  gain: (step, bands, random) => {
    const { factor = [1, 1], offset = [0, 0] } = step;
    const lines = perBand<Range>(step, bands, random, [1, 0], () => [
      drawFactor(factor, step.spread, random),
      drawUniform(offset, random),
    ]);
    return {
      name: 'linear',
      about: step.about ?? 'black',
      gain: lines.map(([gain]) => gain),
      offset: lines.map(([, shift]) => shift),
    };
  },
  gamma: (step, bands, random) => ({
    name: 'gamma',
    gamma: perBand(step, bands, random, 1, () => drawFactor(step.gamma, step.spread, random)),
    invert: step.invert ?? false,
    keepStatistics: step.keepStatistics ?? false,
  }),
  saturation: ({ factor, bands: chosen }, bands, random) => ({
    name: 'saturation',
    factor: drawUniform(factor, random),
    bands: chosen ?? everyBand(bands),
  }),
  grey: ({ from = 'mean', bands: chosen }, bands, random) => {
    const channels = chosen ?? everyBand(bands);
    const drawn = channels[random.integer(channels.length)];
    return from === 'mean'
      ? { name: 'saturation', factor: 0, bands: channels }
      : { name: 'copy-band', from: drawn, bands: channels };
  },
  blur: (step, bands, random) => {
    const { kernel, sigma = [0, 0], perAxis = false } = step;
    const along = () =>
      kernel === undefined
        ? gaussianKernel(drawUniform(sigma, random))
        : automaticKernel(kernel[random.integer(kernel.length)]);
    const draw = () => {
      const across = along();
      return [across, perAxis ? along() : across] as const;
    };
    return { name: 'blur', kernels: perBand(step, bands, random, [[1], [1]] as const, draw) };
  },
  noise: (step, bands, random) => ({
    name: 'noise',
    sigma: perBand(step, bands, random, 0, () => drawUniform(step.sigma, random)),
    seed: drawSeed(random),
  }),
  'pixel-noise': ({ share, bands: chosen }, bands, random) => ({
    name: 'pixel-noise',
    share,
    bands: chosen ?? everyBand(bands),
    seed: drawSeed(random),
  }),
  'drop-bands': ({ bandProbability, bands: chosen }, bands, random) => {
    const kept = random.integer(bands);
    const isDropped = everyBand(bands).map(() => random.next() < bandProbability);
    const dropped = (chosen ?? everyBand(bands)).filter((band) => isDropped[band]);
    return {
      name: 'drop-bands',
      bands: dropped.length === bands ? dropped.filter((band) => band !== kept) : dropped,
    };
  },
  'low-resolution': (step, bands, random) => ({
    name: 'low-resolution',
    zoom: perBand(step, bands, random, 1, () => drawUniform(step.zoom, random)),
  }),
};

/** What a step does to a view of so many bands, its numbers drawn from its own stream. */
export function drawOperation(step: PhotometricStep, bands: number, random: Random): DrawnOperation {
  const draw = draws[step.name] as (step: PhotometricStep, bands: number, random: Random) => DrawnOperation;
  return draw(step, bands, random);
}
