import { ignoreLabel } from '../data/segmentation.js';
import { hashSeed, type Random, random as randomOf } from '../random/random.js';
import { drawOperation } from './drawOperation.js';
import { changeFrame, type Frame, isGeometric, type Point, resized, wholeFrame } from './frame.js';
import type { DrawnOperation } from './operations.js';
import type { Levels, ViewBorder, ViewRecipe, ViewStep } from './recipe.js';
import type { Affine } from './types.js';

/** One view of one image, every number drawn. Plain data. With no `operations` left it is the geometry alone. */
export interface DrawnView {
  /** `[height, width]` of the view. */
  readonly size: readonly [number, number];
  /** From view to source image. */
  readonly affine: Affine;
  /** What is done to the sampled pixels, in order. */
  readonly operations: readonly DrawnOperation[];
  /** How images are sampled. */
  readonly sampling: 'bilinear' | 'nearest';
  /** What lies around the image. */
  readonly border: ViewBorder;
  /** What lies around the mask. */
  readonly outside: number;
  /** Whether shrinking takes more than the nearest pixels. */
  readonly antialias: boolean;
  /** Black and white of the operations; see `ViewRecipe`. */
  readonly levels: Levels | undefined;
}

/** The streams of one view: one for every step, by its kind and how many of that kind came before. */
class StepStreams {
  private readonly counts = new Map<string, number>();

  constructor(
    private readonly common: number,
    private readonly own: number,
  ) {}

  next(step: ViewStep): Random {
    const kind = `${step.name}${step.shared === true ? ' shared' : ''}`;
    const count = this.counts.get(kind) ?? 0;
    this.counts.set(kind, count + 1);
    const letters = Array.from(step.name, (letter) => letter.charCodeAt(0));
    return randomOf(step.shared === true ? this.common : this.own, count, ...letters);
  }
}

function drawOne(
  recipe: ViewRecipe,
  [height, width, bands]: readonly [number, number, number],
  streams: StepStreams,
  focus: Point | undefined,
) {
  let frame: Frame = wholeFrame(height, width);
  const operations: DrawnOperation[] = [];
  const visit = (steps: readonly ViewStep[], happens: boolean): void => {
    for (const step of steps) {
      const stream = streams.next(step);
      const isDrawn = stream.next() < (step.probability ?? 1) && happens;
      // steps of a group that does not happen still take their streams, so that those of later steps stay the same
      if (step.name === 'group') visit(step.steps, isDrawn);
      else if (!isDrawn) continue;
      else if (isGeometric(step)) frame = changeFrame(step, frame, stream, focus);
      else operations.push(drawOperation(step, bands, stream));
    }
  };
  visit(recipe.steps, true);
  return { affine: resized(frame, recipe.size).toSource, operations };
}

/**
 * Draws several views of one image. Each step has its own stream of random numbers, named by its kind, by how many of
 * that kind came before it and by the view: switching one step off leaves the outcome of the others as it was. Steps that are
 * `shared` come out alike in all views that have them.
 *
 * @param recipes what may happen, one recipe per view; see `checkViewRecipe`
 * @param sourceShape `[height, width, bands]` of the image
 * @param random the image's own stream, of which one number is drawn
 * @param focus `[x, y]` of the image that crops at `'focus'` are about, pixel `i` covering `[i, i + 1)`
 * @returns as many views as recipes
 * @example
 * ```ts
 * import { random } from '@lulc/core';
 * import { drawViews, type ViewRecipe } from '@lulc/core/views';
 *
 * const recipe: ViewRecipe = {
 *   size: [64, 64],
 *   steps: [{ name: 'crop', size: [128, 128], shared: true }, { name: 'random-resized-crop', area: [0.4, 1] }],
 * };
 * const [first, second] = drawViews([recipe, recipe], [512, 512, 4], random(42, 0, 17));
 * // two windows of the same 128 x 128 pixels
 * console.log(first.affine[2], second.affine[2]); // 39 5
 * ```
 */
export function drawViews(
  recipes: readonly ViewRecipe[],
  sourceShape: readonly [number, number, number],
  random: Random,
  focus?: readonly [x: number, y: number],
): DrawnView[] {
  const common = random.integer(4294967296);
  return recipes.map((recipe, index) => ({
    size: recipe.size,
    ...drawOne(recipe, sourceShape, new StepStreams(common, hashSeed(common, index + 1)), focus),
    sampling: recipe.sampling ?? 'bilinear',
    border: recipe.border ?? 'reflect',
    outside: recipe.outside ?? ignoreLabel,
    antialias: recipe.antialias ?? true,
    levels: recipe.levels,
  }));
}

/**
 * Draws one view of an image; see {@link drawViews} for views that belong together.
 *
 * @param recipe what may happen; see `checkViewRecipe`
 * @param sourceShape `[height, width, bands]` of the image
 * @param random the image's own stream, of which one number is drawn
 * @param focus `[x, y]` of the image that crops at `'focus'` are about, pixel `i` covering `[i, i + 1)`
 * @returns the view
 * @example
 * ```ts
 * import { random } from '@lulc/core';
 * import { drawView, mapPoint } from '@lulc/core/views';
 *
 * const view = drawView({ size: [64, 64], steps: [{ name: 'rot90', turns: [1] }] }, [64, 64, 4], random(1));
 * // turned clockwise, the lower left corner is on top
 * console.log(mapPoint(view.affine, 0.5, 0.5)); // [0.5, 63.5]
 * ```
 */
export function drawView(
  recipe: ViewRecipe,
  sourceShape: readonly [number, number, number],
  random: Random,
  focus?: readonly [x: number, y: number],
): DrawnView {
  return drawViews([recipe], sourceShape, random, focus)[0];
}
