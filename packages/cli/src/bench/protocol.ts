import type { EngineName } from '@lulc/core';
import type { ModeName } from './modes.js';
import type { BenchNetwork, NetworkDescription } from './networks.js';

/**
 * What a contestant is started with: its one argument, as JSON. It then prepares the work, warms up and answers with a
 * {@link Ready}. For every line with a number on its standard input it does as many steps and answers with a
 * {@link Turn}. It ends with its standard input.
 */
export interface ContestantTask {
  /** Name of the network. */
  readonly network: string;
  /** Height and width of the images in pixels. */
  readonly size: number;
  /** Images per step. */
  readonly batch: number;
  /** Number of threads for arithmetic. */
  readonly threads: number;
}

/** The task of a contestant of this library. */
export interface EngineTask extends ContestantTask {
  /** What it does. */
  readonly mode: ModeName;
  /** What it runs on; not asked for by the loader. */
  readonly engine?: EngineName;
  /** Dataset folder for the loader. */
  readonly data?: string;
}

/** The task of a contestant in PyTorch. */
export interface PeerTask extends ContestantTask {
  /** The network in words. */
  readonly description: NetworkDescription;
  /** What it learns from. */
  readonly labels: BenchNetwork['labels'];
  readonly bands: number;
  readonly classes: number;
  /** What it does. */
  readonly work: 'training' | 'inference';
  /** Plain, or the fastest way there is. */
  readonly style: 'eager' | 'best';
  /** What it runs on. */
  readonly device: 'cpu' | 'cuda';
  /** Seconds that each way of compiling may take before it is given up. */
  readonly compileSeconds: number;
}

/** A contestant is ready to be measured. */
export interface Ready {
  /** Versions of what computes. */
  readonly version: string;
  /** What it computes on. */
  readonly device: 'cpu' | 'cuda' | 'gpu';
  /** Trainable weights; absent for the loader. */
  readonly parameters?: number;
  /** What else is to be known: which way was chosen, what was tried. */
  readonly detail?: string;
  /** Milliseconds of a step after warming up. */
  readonly stepMs: number;
}

/** The steps of one turn. */
export interface Turn {
  /** Milliseconds of each. */
  readonly ms: readonly number[];
}

/** A line that a contestant writes; everything else on its standard output is talk. */
export type Answer = { readonly lulcBench: Ready | Turn | { readonly error: string } };

/** Writes an answer. */
export function answerLine(answer: Answer['lulcBench']): string {
  return `${JSON.stringify({ lulcBench: answer } satisfies Answer)}\n`;
}

/** The answer in a line, or nothing when it is talk. */
export function parseAnswer(line: string): Answer['lulcBench'] | undefined {
  return line.startsWith('{"lulcBench":') ? (JSON.parse(line) as Answer).lulcBench : undefined;
}
