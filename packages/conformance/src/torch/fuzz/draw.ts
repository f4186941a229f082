import { type Random, random } from '@lulc/core';
import type { Value } from './value.js';

/** What {@link Draw.floats} draws from. */
export interface FloatOptions {
  /** Least value, default -3. */
  readonly low?: number;
  /** Largest value, default 3. */
  readonly high?: number;
  /** Only multiples of it: for functions that jump, where rounding would decide. */
  readonly step?: number;
  /** Now and then NaN, infinities, negative zero, huge and tiny numbers. */
  readonly special?: boolean;
}

const specials = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1e30, -1e30, 1e-30, -1e-30];

/** Random shapes, numbers and tensors. The same key gives the same ones. */
export class Draw {
  private readonly random: Random;

  constructor(...key: readonly number[]) {
    this.random = random(...key);
  }

  /** An integer from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + this.random.integer(high - low + 1);
  }

  /** True with a probability. */
  chance(probability = 0.5): boolean {
    return this.random.next() < probability;
  }

  /** One of a list. */
  pick<T>(list: readonly T[]): T {
    return list[this.random.integer(list.length)];
  }

  /** Uniform between two numbers. */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.random.next();
  }

  /** A list of draws. */
  list<T>(length: number, make: (index: number) => T): T[] {
    return Array.from({ length }, (_, i) => make(i));
  }

  /** `count` different ones of 0 … bound-1, in random order. */
  subset(bound: number, count: number): number[] {
    return [...this.random.permutation(bound)].slice(0, count);
  }

  /** Sizes from 1 to `max`; one of them 0 now and then, when allowed. */
  shape(minRank: number, maxRank: number, { max = 5, empty = true }: { max?: number; empty?: boolean } = {}): number[] {
    const shape = this.list(this.integer(minRank, maxRank), () => this.integer(1, max));
    if (empty && shape.length > 0 && this.chance(0.05)) shape[this.integer(0, shape.length - 1)] = 0;
    return shape;
  }

  /** Two shapes that broadcast to one. */
  broadcast(maxRank = 4): [number[], number[]] {
    const full = this.shape(0, maxRank);
    const thin = (shape: number[]) => shape.map((size) => (this.chance(0.25) ? 1 : size));
    const [a, b] = [thin(full), thin(full).slice(this.chance(0.3) ? this.integer(0, full.length) : 0)];
    return this.chance() ? [a, b] : [b, a];
  }

  /** Some of the axes of a rank, or all. */
  axes(rank: number): number[] {
    if (rank === 0 || this.chance(0.2)) return Array.from({ length: rank }, (_, i) => i);
    return this.subset(rank, this.integer(1, rank)).sort((a, b) => a - b);
  }

  /** A float32 tensor. */
  floats(shape: readonly number[], { low = -3, high = 3, step, special = false }: FloatOptions = {}): Value {
    const odd = special && this.chance(0.3) ? 0.2 : 0;
    const one = () => {
      if (odd > 0 && this.chance(odd)) return Math.fround(this.pick(specials));
      const value = this.uniform(low, high);
      return Math.fround(step === undefined ? value : Math.round(value / step) * step);
    };
    return { dtype: 'float32', shape, values: this.list(sizeOf(shape), one) };
  }

  /** An int32 tensor. */
  integers(shape: readonly number[], low = -9, high = 9): Value {
    return { dtype: 'int32', shape, values: this.list(sizeOf(shape), () => this.integer(low, high)) };
  }

  /** A bool tensor. */
  booleans(shape: readonly number[]): Value {
    return { dtype: 'bool', shape, values: this.list(sizeOf(shape), () => this.integer(0, 1)) };
  }

  /** A tensor of any type that is a number. */
  numbers(shape: readonly number[], options: FloatOptions = {}): Value {
    const kind = this.integer(0, 5);
    if (kind === 0) return this.integers(shape);
    return kind === 1 ? this.booleans(shape) : this.floats(shape, options);
  }

  /** A float32 or an int32 tensor. */
  signed(shape: readonly number[], options: FloatOptions = {}): Value {
    return this.chance(0.25) ? this.integers(shape) : this.floats(shape, options);
  }

  /** A complex64 tensor. */
  complex(shape: readonly number[]): Value {
    return { ...this.floats([...shape, 2]), dtype: 'complex64', shape };
  }

  /** A string tensor. */
  strings(shape: readonly number[], words: readonly string[]): Value {
    return { dtype: 'string', shape, values: this.list(sizeOf(shape), () => this.pick(words)) };
  }
}

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
