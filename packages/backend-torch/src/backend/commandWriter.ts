import type { NativeType } from '../native/addon.js';
import { nativeTypes } from '../native/addon.js';

/** An attribute whose value may change from one replay of a recorded program to the next. */
export interface DynamicAttribute {
  /** Its name among the numbers given to a replay. */
  readonly name: string;
  /** Its position in the command. */
  readonly position: number;
}

/**
 * Writes one command into the buffer shared with the native side: numbers only, so that a call crosses over without
 * creating a single JavaScript value.
 */
export class CommandWriter {
  /** The shared buffer. Outputs come back in it, so it is far longer than most commands. */
  words = new Float64Array(65_536);
  /** Words written. */
  length = 0;
  /** Attributes of the current command that a replay may change. */
  readonly dynamics: DynamicAttribute[] = [];

  /** @param grown told when the buffer was replaced by a longer one */
  constructor(private readonly grown: (words: Float64Array) => void) {}

  /** Starts a command. */
  begin(): void {
    this.length = 0;
    if (this.dynamics.length > 0) this.dynamics.length = 0;
  }

  /** Writes a number. */
  number(value: number): void {
    if (this.length === this.words.length) this.grow();
    this.words[this.length++] = value;
  }

  /** Writes a number that a replay may change, found by `name`. */
  dynamic(name: string, value: number): void {
    this.dynamics.push({ name, position: this.length });
    this.number(value);
  }

  /** Writes a truth value. */
  flag(value: boolean): void {
    this.number(value ? 1 : 0);
  }

  /** Writes a list with its length in front. */
  integers(values: readonly number[]): void {
    this.number(values.length);
    for (const value of values) this.number(value);
  }

  /** Writes an element type. */
  dtype(value: string): void {
    this.number(nativeTypes[value as NativeType] ?? nativeTypes.float32);
  }

  /** Makes room for the descriptions of many outputs, which come back in the same buffer. */
  expectOutputs(count: number, rank: number): void {
    while (this.words.length < 1 + count * (3 + rank)) this.grow();
  }

  /** Runs something that writes commands of its own while this one is half written. */
  aside(body: () => void): void {
    const words = this.words.slice(0, this.length);
    const dynamics = [...this.dynamics];
    body();
    this.begin();
    for (const word of words) this.number(word);
    this.dynamics.push(...dynamics);
  }

  private grow(): void {
    const words = new Float64Array(this.words.length * 2);
    words.set(this.words);
    this.words = words;
    this.grown(words);
  }
}
