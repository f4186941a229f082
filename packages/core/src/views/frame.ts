import type { Random } from '../random/random.js';
import { composeAffine, identityAffine, invertAffine, mapPoint } from './affine.js';
import type { CropStep, GeometricStep, RandomResizedCropStep, Range, ViewStep } from './recipe.js';
import type { Affine } from './types.js';

/** A point of the source: x to the right, y down, pixel `i` covering `[i, i + 1)`. */
export type Point = readonly [x: number, y: number];

/** What a view has become so far: a window of so many pixels, and where they lie in the source. */
export interface Frame {
  readonly height: number;
  readonly width: number;
  readonly toSource: Affine;
}

/** All of an image. */
export function wholeFrame(height: number, width: number): Frame {
  return { height, width, toSource: identityAffine };
}

function seenThrough(frame: Frame, affine: Affine, height = frame.height, width = frame.width): Frame {
  return { height, width, toSource: composeAffine(frame.toSource, affine) };
}

function cropped(frame: Frame, top: number, left: number, height: number, width: number): Frame {
  return seenThrough(frame, [1, 0, left, 0, 1, top], height, width);
}

function centred(frame: Frame, height: number, width: number): Frame {
  return cropped(frame, Math.floor((frame.height - height) / 2), Math.floor((frame.width - width) / 2), height, width);
}

/** The frame on another grid of the same extent. */
export function resized(frame: Frame, [height, width]: readonly [number, number]): Frame {
  return seenThrough(frame, [frame.width / width, 0, 0, 0, frame.height / height, 0], height, width);
}

function flipped(frame: Frame, horizontal: boolean, vertical: boolean): Frame {
  return seenThrough(frame, [
    horizontal ? -1 : 1,
    0,
    horizontal ? frame.width : 0,
    0,
    vertical ? -1 : 1,
    vertical ? frame.height : 0,
  ]);
}

function turned(frame: Frame, quarters: number): Frame {
  let result = frame;
  for (let i = 0; i < quarters; i++) {
    result = seenThrough(result, [0, 1, 0, -1, 0, result.height], result.width, result.height);
  }
  return result;
}

/** Uniform between two values. */
export function drawUniform([low, high]: Range, random: Random): number {
  return low + (high - low) * random.next();
}

function drawWindow(
  { area, aspect = [3 / 4, 4 / 3], variant = 'corrected' }: RandomResizedCropStep,
  frame: Frame,
  random: Random,
): Frame | undefined {
  const pixels = drawUniform(area, random) * frame.height * frame.width;
  const isReference = variant === 'reference';
  const drawn = isReference
    ? drawUniform(aspect, random)
    : Math.exp(drawUniform([Math.log(aspect[0]), Math.log(aspect[1])], random));
  const ratio = random.next() < 0.5 && isReference ? 1 / drawn : drawn;
  const width = Math.round(Math.sqrt(pixels * ratio));
  const height = Math.round(Math.sqrt(pixels / ratio));
  // how many places there are along each axis
  const spare = isReference ? 0 : 1;
  const [down, right] = [frame.height - height + spare, frame.width - width + spare];
  if (Math.min(down, right, height, width) < 1) return undefined;
  return cropped(frame, random.integer(down), random.integer(right), height, width);
}

function randomResizedCrop(step: RandomResizedCropStep, frame: Frame, random: Random): Frame {
  const { aspect = [3 / 4, 4 / 3], tries = 10 } = step;
  for (let i = 0; i < tries; i++) {
    const window = drawWindow(step, frame, random);
    if (window !== undefined) return window;
  }
  const ratio = Math.min(Math.max(frame.width / frame.height, aspect[0]), aspect[1]);
  return centred(
    frame,
    Math.max(1, Math.min(frame.height, Math.round(frame.width / ratio))),
    Math.max(1, Math.min(frame.width, Math.round(frame.height * ratio))),
  );
}

/** Places that a window of so many pixels can take along an axis of so many, when it may reach so far beyond. */
function placesAlong(length: number, window: number, overhang: number): readonly [first: number, last: number] {
  const beyond = Math.max(overhang, window - length);
  const half = Math.ceil(beyond / 2);
  return [-half, length - window + half];
}

function crop(
  { size, position = 'random', overhang, variant = 'corrected' }: CropStep,
  frame: Frame,
  random: Random,
  focus: Point | undefined,
): Frame {
  const [height, width] =
    overhang === undefined ? [Math.min(size[0], frame.height), Math.min(size[1], frame.width)] : size;
  if (position === 'centre') return centred(frame, height, width);
  const down = placesAlong(frame.height, height, overhang?.[0] ?? 0);
  const right = placesAlong(frame.width, width, overhang?.[1] ?? 0);
  const place = ([first, last]: readonly [number, number]) => first + random.integer(last - first + 1);
  const [top, left] = [place(down), place(right)];
  if (position === 'random' || focus === undefined) return cropped(frame, top, left, height, width);
  const [x, y] = mapPoint(invertAffine(frame.toSource), ...focus);
  const about = (at: number, window: number, [first, last]: readonly [number, number]) => {
    const start = Math.max(first, Math.floor(at) - Math.floor(window / 2));
    return variant === 'reference' ? start : Math.min(last, start);
  };
  return cropped(frame, about(y, height, down), about(x, width, right), height, width);
}

/** What each geometric step makes of a frame. */
const changes: {
  readonly [Name in GeometricStep['name']]: (
    step: Extract<GeometricStep, { name: Name }>,
    frame: Frame,
    random: Random,
    focus: Point | undefined,
  ) => Frame;
} = {
  'random-resized-crop': randomResizedCrop,
  crop,
  resize: ({ size }, frame) => resized(frame, size),
  flip: ({ horizontal = 0.5, vertical = 0.5 }, frame, random) => {
    const isHorizontal = random.next() < horizontal;
    return flipped(frame, isHorizontal, random.next() < vertical);
  },
  'flip-choice': ({ horizontal, vertical, both }, frame, random) => {
    const draw = random.next();
    const isBoth = draw >= horizontal + vertical && draw < horizontal + vertical + both;
    return flipped(frame, draw < horizontal || isBoth, (draw >= horizontal && draw < horizontal + vertical) || isBoth);
  },
  rot90: ({ turns = [0, 1, 2, 3] }, frame, random) => turned(frame, turns[random.integer(turns.length)]),
  affine: ({ rotation = [0, 0], scale = [1, 1], aspect = [1, 1], shift = [0, 0], extent }, frame, random) => {
    const angle = (drawUniform(rotation, random) * Math.PI) / 180;
    const size = drawUniform(scale, random) / (extent === undefined ? 1 : drawUniform(extent, random));
    const stretch = Math.sqrt(drawUniform(aspect, random));
    const right = drawUniform(shift, random) * frame.width;
    const down = drawUniform(shift, random) * frame.height;
    const [x, y] = [frame.width / 2, frame.height / 2];
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const [wide, high] = [size * stretch, size / stretch];
    // from the view: shifted back to the centre, turned back, scaled back
    const back = composeAffine(
      [cos / wide, sin / wide, x, -sin / high, cos / high, y],
      [1, 0, -x - right, 0, 1, -y - down],
    );
    return seenThrough(frame, back);
  },
};

/** True for a step that changes where pixels come from. */
export function isGeometric(step: ViewStep): step is GeometricStep {
  return Object.hasOwn(changes, step.name);
}

/** What a step makes of a frame, its numbers drawn from its own stream; `focus` is a point of the source. */
export function changeFrame(step: GeometricStep, frame: Frame, random: Random, focus?: Point): Frame {
  const change = changes[step.name] as (
    step: GeometricStep,
    frame: Frame,
    random: Random,
    focus: Point | undefined,
  ) => Frame;
  return change(step, frame, random, focus);
}
