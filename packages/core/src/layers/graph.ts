import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { input as tfInput } from '@tensorflow/tfjs-layers';
import { LulcError } from '../errors/lulcError.js';
import { hashSeed } from '../random/random.js';
import type { Rank, Sym } from './sym.js';

/** What a graph under construction knows: the paths in use and the seed of its weights. */
interface Graph {
  readonly names: Set<string>;
  readonly seed: number | undefined;
}

const graphs = new WeakMap<SymbolicTensor, Graph>();
const scopes: string[] = [];

/** Shape and seed of an {@link input}. */
export interface InputOptions<R extends Rank> {
  /** Shape without the batch axis: `[H, W, C]`, `[N, C]` or `[C]`; `null` for an open axis. */
  readonly shape: R extends 4
    ? readonly [number | null, number | null, number]
    : R extends 3
      ? readonly [number | null, number]
      : readonly [number];
  /** Layer path of the input. Default `'image'` for rank 4, else `'input'`. */
  readonly name?: string;
  /** Seed of every weight that is created downstream; weights are random when it is absent. */
  readonly seed?: number;
  /** An input of the same graph: layer paths stay unique over both. */
  readonly sharedWith?: Sym;
}

/**
 * The start of a graph: an image, a token sequence or a feature vector.
 *
 * @param options shape, name and seed
 * @returns a symbolic tensor `[B, …shape]`, float32
 * @example
 * ```ts
 * import { batchNorm, conv2d, image, pipe, relu, useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const stem = pipe(conv2d({ filters: 16, kernelSize: 3 }), batchNorm(), relu());
 * console.log(stem(image({ shape: [60, 60, 10] })).shape); // [null, 60, 60, 16]
 * ```
 */
export function input<R extends Rank>(options: InputOptions<R>): Sym<R> {
  const name = options.name ?? (options.shape.length === 3 ? 'image' : 'input');
  for (const size of options.shape) {
    if (size !== null && !(Number.isInteger(size) && size > 0)) {
      throw new LulcError('invalid-argument', `an input shape needs whole numbers above 0, got [${options.shape}]`, {
        where: { layer: name },
      });
    }
  }
  const graph = options.sharedWith ? graphOf(options.sharedWith) : { names: new Set<string>(), seed: options.seed };
  claim(graph, name);
  const tensor = tfInput({ shape: [...options.shape], name });
  graphs.set(tensor, graph);
  return tensor as Sym<R>;
}

/** {@link input} of rank 4: `image({ shape: [height, width, bands] })`. */
export function image(options: InputOptions<4>): Sym<4> {
  return input<4>(options);
}

/**
 * Runs a block with its layers' paths inside `name/`. Scopes nest: `scope('stage1', scope('block1', …))` names a
 * convolution `stage1/block1/conv`.
 *
 * @param name one or more path segments
 * @param block what to run
 */
export function scope<I extends Rank, O extends Rank>(
  name: string,
  block: (x: Sym<I>) => Sym<O>,
): (x: Sym<I>) => Sym<O> {
  return (x) => {
    scopes.push(name);
    try {
      return block(x);
    } finally {
      scopes.pop();
    }
  };
}

/** What {@link applyLayer} hands to the function that makes the layer. */
export interface LayerIdentity {
  /** The full layer path. */
  readonly name: string;
  /** Seed for the layer's n-th initialiser (counted from 0), or `undefined` when the graph has no seed. */
  seed(n: number): number | undefined;
}

/**
 * Creates a layer under its path and applies it: the one door through which every block of this library extends a
 * graph, and the way to write a block of your own.
 *
 * @param local name of the layer inside the current scope; a missing one is taken from `kind` and made unique by a number
 * @param kind what the layer is, e.g. `'conv'`
 * @param inputs one or more symbolic tensors of one graph
 * @param make creates the TF.js layer with the given identity
 * @throws LulcError `duplicate-name` when a given name is in use, `shape-mismatch` when the layer refuses its input or
 *   its output would be empty, `unavailable` when no engine was chosen yet
 */
export function applyLayer<O extends Rank>(
  local: string | undefined,
  kind: string,
  inputs: readonly Sym[],
  make: (identity: LayerIdentity) => layers.Layer,
): Sym<O> {
  const graph = graphOf(inputs[0]);
  const layer = sharing?.replay ? nextShared(sharing) : createLayer(graph, local, kind, make);
  if (sharing && !sharing.replay) sharing.layers.push(layer);
  const name = layer.name;
  let output: SymbolicTensor;
  try {
    output = layer.apply(inputs.length === 1 ? inputs[0] : [...inputs]) as SymbolicTensor;
  } catch (cause) {
    if ((cause as Error).message.startsWith('No backend found')) {
      throw new LulcError('unavailable', 'a model was built before an engine was chosen', {
        where: { layer: name },
        hint: "Call await useEngine('auto') first.",
        cause,
      });
    }
    throw new LulcError('shape-mismatch', `the layer refuses its input: ${(cause as Error).message}`, {
      where: { layer: name, got: describe(inputs) },
      cause,
    });
  }
  if (output.shape.some((size) => size !== null && size <= 0)) {
    throw new LulcError('shape-mismatch', `the output would be empty: [${output.shape.slice(1)}]`, {
      where: { layer: name, got: describe(inputs) },
      hint: 'Use a larger input size, a smaller stride, or padding "same".',
    });
  }
  graphs.set(output, graph);
  return output as Sym<O>;
}

function createLayer(
  graph: Graph,
  local: string | undefined,
  kind: string,
  make: (identity: LayerIdentity) => layers.Layer,
): layers.Layer {
  const name = layerPath(graph, local, kind);
  const seed = (n: number) =>
    graph.seed === undefined ? undefined : (hashSeed(graph.seed, hashText(name), n) >>> 1) + 1;
  return make({ name, seed });
}

/** The layers a {@link shared} block made, in order; on later applications they are handed out again. */
interface Sharing {
  readonly layers: layers.Layer[];
  replay: boolean;
  next: number;
}

let sharing: Sharing | undefined;

/**
 * A block whose weights are made once: every application after the first reuses its layers (a shared perceptron, the
 * two branches of a Siamese network). The one exception to "a block is a recipe".
 *
 * @param block what to share; it must create the same layers in each application
 */
export function shared<I extends Rank, O extends Rank>(block: (x: Sym<I>) => Sym<O>): (x: Sym<I>) => Sym<O> {
  const record: Sharing = { layers: [], replay: false, next: 0 };
  return (x) => {
    const outer = sharing;
    sharing = record;
    record.next = 0;
    try {
      return block(x);
    } finally {
      record.replay = true;
      sharing = outer;
    }
  };
}

function nextShared(record: Sharing): layers.Layer {
  const layer = record.layers[record.next++];
  if (layer === undefined) {
    throw new LulcError('invalid-argument', 'a shared block created more layers than in its first application');
  }
  return layer;
}

/** `[60,60,10] and [30,30,10]`: the shapes without the batch axis, for messages. */
function describe(inputs: readonly Sym[]): string {
  return inputs.map((x) => `[${x.shape.slice(1)}]`).join(' and ');
}

function layerPath(graph: Graph, local: string | undefined, kind: string): string {
  const prefix = scopes.map((segment) => `${segment}/`).join('');
  if (local !== undefined) {
    claim(graph, prefix + local);
    return prefix + local;
  }
  let name = prefix + kind;
  for (let n = 2; graph.names.has(name); n++) name = `${prefix}${kind}${n}`;
  graph.names.add(name);
  return name;
}

function claim(graph: Graph, name: string): void {
  if (!/^[A-Za-z0-9][\w./-]*$/.test(name)) {
    throw new LulcError('invalid-argument', `'${name}' cannot be a layer path`, {
      hint: "Use letters, digits, '_', '-', '.' and '/' as separator.",
    });
  }
  if (graph.names.has(name)) {
    throw new LulcError('duplicate-name', `two layers would have the path '${name}'`, {
      hint: 'Give one of them another name, or put it into a scope().',
    });
  }
  graph.names.add(name);
}

/** The graph of a symbolic tensor; a tensor of somebody else's TF.js model is adopted with all its layer names. */
function graphOf(x: Sym): Graph {
  const known = graphs.get(x);
  if (known !== undefined) return known;
  const names = new Set<string>();
  const pending: SymbolicTensor[] = [x];
  const seen = new Set<SymbolicTensor>();
  for (let tensor = pending.pop(); tensor !== undefined; tensor = pending.pop()) {
    if (seen.has(tensor)) continue;
    seen.add(tensor);
    names.add(tensor.sourceLayer.name);
    pending.push(...(tensor.sourceLayer.inboundNodes[tensor.nodeIndex]?.inputTensors ?? []));
  }
  const graph: Graph = { names, seed: undefined };
  graphs.set(x, graph);
  return graph;
}

function hashText(text: string): number {
  let h = 0;
  for (let i = 0; i < text.length; i++) h = hashSeed(h, text.charCodeAt(i));
  return h;
}
