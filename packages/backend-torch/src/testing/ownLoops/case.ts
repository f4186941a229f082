import { random } from '@lulc/core';
import { util } from '@tensorflow/tfjs-core';
import type { Values } from '../againstCpu.js';

/** What a kernel should give, computed in double precision. */
export interface Wanted {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** A call of a native kernel, and what is right. */
export interface LoopCase {
  /** Native name. */
  readonly kernel: string;
  readonly inputs: readonly (Values | undefined)[];
  /** As they travel: numbers, lists with their length in front. */
  readonly attributes?: readonly number[];
  readonly wanted: readonly Wanted[];
  /** For each output, or for all, relative to the largest value that is wanted; default 1e-5. */
  readonly tolerance?: number | readonly number[];
}

/** Cases by name. Each is made only when its test runs. */
export type LoopCases = Readonly<Record<string, () => LoopCase>>;

/** Channels that fill no vector, or one and a bit. */
export const channelCounts = [1, 3, 17, 56, 130] as const;

/** Rows: none, one, few, and many. */
export const rowCounts = [0, 1, 7, 1000] as const;

/** Repeatable random numbers that float32 holds exactly: around `offset`, up to `spread` away. */
export function noise(shape: readonly number[], seed: number, spread = 2, offset = 0): Values {
  const source = random(seed);
  const one = () => Math.fround(offset + spread * (2 * source.next() - 1));
  return { shape: [...shape], dtype: 'float32', values: Array.from({ length: util.sizeFromShape([...shape]) }, one) };
}

/** `count` sums, one for each of `count` numbers that take turns: channels, last in memory. */
export function sumByChannel(count: number, channels: number, term: (i: number, channel: number) => number): number[] {
  const sums = new Array<number>(channels).fill(0);
  for (let i = 0; i < count; i++) sums[i % channels] += term(i, i % channels);
  return sums;
}

/** Cases for every number of channels and rows, with images of that many pixels. */
export function overSizes(
  name: string,
  make: (shape: readonly [batch: number, height: number, width: number, channels: number]) => LoopCase,
): LoopCases {
  const images: Readonly<Record<(typeof rowCounts)[number], readonly [number, number, number]>> = {
    0: [2, 0, 3],
    1: [1, 1, 1],
    7: [1, 7, 1],
    1000: [2, 25, 20],
  };
  return Object.fromEntries(
    rowCounts.flatMap((rows) =>
      channelCounts.map((channels) => [
        `${name}, ${rows} rows of ${channels} channels`,
        () => make([...images[rows], channels]),
      ]),
    ),
  );
}
