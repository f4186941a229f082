import { LulcError } from '../errors/lulcError.js';
import { input } from '../layers/graph.js';
import { concatenate } from '../layers/merge.js';
import { reshape } from '../layers/reshape.js';
import { bicubicResize } from '../layers/resize.js';
import type { Sym } from '../layers/sym.js';

/** One input of a model that takes its bands apart. */
export interface BandInput {
  /** Band name, e.g. `'B02'`; it becomes the input's layer path. */
  readonly name: string;
  /** Height and width in pixels. */
  readonly size: number;
}

/** A band as an input of a graph. */
export interface BandPlane extends BandInput {
  /** The input `[B, size, size]`. */
  readonly plane: Sym<3>;
}

/** What {@link stackBands} gives. */
export interface BandStack {
  /** One input `[B, size, size]` per band, for `tf.model`. */
  readonly inputs: readonly Sym<3>[];
  /** The joined image `[B, inputSize, inputSize, bands]`, for a backbone. */
  readonly image: Sym<4>;
}

/**
 * The published benchmark's front end: one input `[B, size, size]` per band in its native resolution; neighbouring bands of
 * one size are stacked, each stack is resized (bicubic) when its size differs, and the stacks are joined (spec 1.1).
 *
 * @param bands inputs in channel order; neighbours of one size are resized together
 * @param inputSize height and width of the joined image in pixels
 * @param seed seed of the weights made downstream
 * @returns the inputs for `tf.model`, and the image `[B, inputSize, inputSize, bands]` for a backbone
 * @throws LulcError `invalid-argument` when there is no band or a size is no whole number above 0; `duplicate-name` when
 *   two bands have one name
 */
export function stackBands(bands: readonly BandInput[], inputSize: number, seed?: number): BandStack {
  const planes = bandPlanes(bands, seed);
  return { inputs: planes.map(({ plane }) => plane), image: joinBands(planes, inputSize) };
}

/**
 * An input for each band, all of one graph.
 *
 * @throws LulcError as {@link stackBands} does
 */
export function bandPlanes(bands: readonly BandInput[], seed?: number): BandPlane[] {
  if (bands.length === 0) throw new LulcError('invalid-argument', 'at least one band is needed');
  const planes: BandPlane[] = [];
  for (const { name, size } of bands) {
    const plane = input<3>({ name, shape: [size, size], seed, sharedWith: planes[0]?.plane });
    planes.push({ name, size, plane });
  }
  return planes;
}

/**
 * Joins bands as {@link stackBands} does.
 *
 * @param planes at least one band, in channel order
 * @param inputSize height and width of the joined image in pixels
 * @returns the image `[B, inputSize, inputSize, planes.length]`
 */
export function joinBands(planes: readonly BandPlane[], inputSize: number): Sym<4> {
  const stacks: { size: number; planes: [Sym<4>, ...Sym<4>[]] }[] = [];
  for (const { name, plane, size } of planes) {
    const layer = reshape<3, 4>([size, size, 1], { name: `${name}/plane` })(plane);
    const last = stacks[stacks.length - 1];
    if (last?.size === size) last.planes.push(layer);
    else stacks.push({ size, planes: [layer] });
  }
  const resized = stacks.map((stack) => bicubicResize([inputSize, inputSize])(concatenate(stack.planes)));
  return concatenate(resized as [Sym<4>, ...Sym<4>[]]);
}
