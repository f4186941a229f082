import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Filled } from './hash.js';

/** Statistics of a tensor. */
export interface Statistics {
  readonly shape: readonly number[];
  readonly first: readonly number[];
  readonly mean: number;
  readonly std: number;
  readonly l2: number;
}

/** A network file; see golden/README.md for the fields. */
export interface NetworkCase {
  readonly id: string;
  readonly mode: string;
  readonly seed: number;
  readonly kernelGain?: number;
  readonly config: Readonly<Record<string, unknown>> & { readonly model: string };
  readonly parameters: { readonly trainable: number; readonly nonTrainable: number };
  readonly inputs: readonly (Filled & { readonly name: string })[];
  readonly tensors: readonly (Filled & { readonly path: string })[];
  readonly fillCheck: {
    readonly first4: Readonly<Record<string, readonly number[]>>;
    readonly l2OfAllTensors: number;
    readonly l2OfAllInputs: number;
  };
  readonly inference: {
    readonly output: Statistics;
    readonly logits: Statistics;
    readonly features: Statistics;
    readonly taps?: Readonly<Record<string, Statistics>>;
  };
  readonly labels?: Filled;
  readonly train?: {
    readonly inputs: readonly (Filled & { readonly name: string })[];
    readonly lossValue: number;
    readonly trainingLogits: Statistics;
    readonly gradGlobalL2: number;
    readonly gradL2: Readonly<Record<string, number>>;
    readonly zeroByConstruction: readonly string[];
    readonly optimizer: {
      readonly lr: number;
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
    };
    readonly updated: Readonly<
      Record<
        string,
        { readonly before: readonly number[]; readonly gradient: readonly number[]; readonly after: readonly number[] }
      >
    >;
    /** Absent where the network has no batch norm. */
    readonly batchNorm?: {
      readonly path: string;
      readonly moving_mean: readonly number[];
      readonly moving_variance: readonly number[];
    };
  };
  readonly lossOnly?: { readonly inferenceMode: number; readonly trainingMode: number };
  readonly tolerance: { readonly advice: Readonly<Record<string, number>> };
}

/** The network file of GLCNet: two decoders on one encoder, in inference. */
export interface DenseNetworkCase extends Omit<NetworkCase, 'inference'> {
  readonly inference: {
    /** The map that pre-training compares, at the image's size. */
    readonly output: Statistics;
    /** The encoded map. */
    readonly features: Statistics;
    /** What fine-tuning gives, at the image's size. */
    readonly classLogits: Statistics;
    readonly taps: Readonly<Record<string, Statistics>>;
  };
}

/** Any golden file: a network, or one with fields of its own. */
export type GoldenFile = { readonly id: string } & Readonly<Record<string, unknown>>;

/** Where the vectors are: `LULC_GOLDEN`, or the repository's own folder. */
export const goldenFolder = process.env.LULC_GOLDEN ?? fileURLToPath(new URL('../../../../golden', import.meta.url));

/** Every golden file of the folder, in name order. */
export function goldenFiles(): GoldenFile[] {
  return readdirSync(goldenFolder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(goldenFolder, name), 'utf8')) as GoldenFile);
}

const hasTensors = (file: GoldenFile): boolean =>
  Array.isArray(file.tensors) && typeof file.fillCheck === 'object' && 'inference' in file;

/** True for the file of a network that classifies images. */
export function isNetwork(file: GoldenFile): file is GoldenFile & NetworkCase {
  return hasTensors(file) && 'logits' in (file.inference as object);
}

/** True for the file of a network that classifies pixels. */
export function isDenseNetwork(file: GoldenFile): file is GoldenFile & DenseNetworkCase {
  return hasTensors(file) && 'classLogits' in (file.inference as object);
}
