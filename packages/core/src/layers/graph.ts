import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { input as tfInput } from '@tensorflow/tfjs-layers';
import { isLulcError, LulcError } from '../errors/lulcError.js';
import { hashSeed } from '../random/random.js';
import type { Rank, Sym } from './sym.js';

/** What a graph under construction knows: the paths in use and the seed of its weights. */
interface Graph {
  readonly names: Set<string>;
  readonly seed: number | undefined;
  /** The graph that this one was joined to, by a layer with inputs from both. */
  joined?: Graph;
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
 * @see {@link ownScope} for a block that is used more than once
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

/**
 * Runs a block in a scope of its own. With it a block of several named layers can be used again and again, as {@link eca}
 * can: each use gets the next free name.
 *
 * @param local name of the scope; a missing one is taken from `kind` and made unique by a number (`eca`, `eca2`, …)
 * @param kind what the block is, e.g. `'eca'`
 * @param block what to run
 */
export function ownScope<I extends Rank, O extends Rank>(
  local: string | undefined,
  kind: string,
  block: (x: Sym<I>) => Sym<O>,
): (x: Sym<I>) => Sym<O> {
  return (x) => scope(local ?? freeName(graphOf(x), kind), block)(x);
}

/**
 * Takes a symbolic tensor that TF.js made, such as an output of a loaded model, as a typed one, to build on it.
 *
 * @param tensor an output or input of any TF.js layers model
 * @param rank how many axes it has, the batch axis included
 * @throws LulcError `shape-mismatch` when it has another number of axes
 * @example
 * ```ts
 * import { asSym, dense, useEngine } from '@lulc/core';
 * import { layers, model, sequential } from '@tensorflow/tfjs-layers';
 *
 * await useEngine('auto');
 * const encoder = sequential({ layers: [layers.dense({ inputShape: [8], units: 4, name: 'encoder' })] });
 * const output = dense({ name: 'head', units: 3 })(asSym(encoder.outputs[0], 2));
 * console.log(model({ inputs: encoder.inputs, outputs: output }).outputs[0].shape); // [null, 3]
 * ```
 */
export function asSym<R extends Rank>(tensor: SymbolicTensor, rank: R): Sym<R> {
  if (tensor.shape.length !== rank) {
    throw new LulcError('shape-mismatch', `a tensor of rank ${rank} is needed, got [${tensor.shape}]`, {
      where: { layer: tensor.sourceLayer.name },
    });
  }
  return tensor as Sym<R>;
}

/**
 * Takes a symbolic tensor as the place where another graph branches off: paths that were taken only behind it are free
 * again, so that what is built on it now may replace what was built on it before.
 *
 * @param tensor an output of a layer of any TF.js layers model
 * @param rank how many axes it has, the batch axis included
 * @param seed seed of every weight that is created downstream; weights are random when it is absent
 * @throws LulcError `shape-mismatch` when it has another number of axes
 */
export function branchAt<R extends Rank>(tensor: SymbolicTensor, rank: R, seed?: number): Sym<R> {
  const names = new Set<string>();
  const seen = new Set<SymbolicTensor>();
  const pending = [tensor];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    names.add(next.sourceLayer.name);
    pending.push(...next.inputs);
  }
  graphs.set(tensor, { names, seed });
  return asSym(tensor, rank);
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
 * @throws LulcError `duplicate-name` when a given name is in use or the inputs come from graphs that share one,
 *   `invalid-argument` when the layer refuses its options, `shape-mismatch` when it refuses its input or its output would
 *   be empty, `unavailable` when no engine was chosen yet
 */
export function applyLayer<O extends Rank>(
  local: string | undefined,
  kind: string,
  inputs: readonly Sym[],
  make: (identity: LayerIdentity) => layers.Layer,
): Sym<O> {
  const graph = joinedGraph(inputs);
  const layer = sharing?.replay ? nextShared(sharing) : createLayer(graph, local, kind, make);
  if (sharing && !sharing.replay) sharing.layers.push(layer);
  const name = layer.name;
  graph.names.add(name);
  let output: SymbolicTensor | SymbolicTensor[];
  try {
    output = layer.apply(inputs.length === 1 ? inputs[0] : [...inputs]) as SymbolicTensor | SymbolicTensor[];
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
  if (Array.isArray(output)) {
    throw new LulcError('shape-mismatch', `the layer gives ${output.length} tensors, not one`, {
      where: { layer: name },
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
  try {
    return make({ name, seed });
  } catch (cause) {
    if (isLulcError(cause)) throw cause;
    throw new LulcError('invalid-argument', `the layer refuses its options: ${(cause as Error).message}`, {
      where: { layer: name },
      cause,
    });
  }
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
      const output = block(x);
      record.replay = true;
      return output;
    } finally {
      if (!record.replay) record.layers.length = 0;
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

const scopePrefix = (): string => scopes.map((segment) => `${segment}/`).join('');

function layerPath(graph: Graph, local: string | undefined, kind: string): string {
  const prefix = scopePrefix();
  if (local !== undefined) {
    claim(graph, prefix + local);
    return prefix + local;
  }
  const name = prefix + freeName(graph, kind);
  graph.names.add(name);
  return name;
}

/** `kind`, or the first of `kind2`, `kind3`, … that no layer or scope inside the current scope has. */
function freeName(graph: Graph, kind: string): string {
  const prefix = scopePrefix();
  const inside = [...graph.names].filter((name) => name.startsWith(prefix));
  const used = new Set(inside.map((name) => name.slice(prefix.length).split('/', 1)[0]));
  let name = kind;
  for (let n = 2; used.has(name); n++) name = `${kind}${n}`;
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

/**
 * The graph of a symbolic tensor. A tensor of somebody else's TF.js model is adopted with all its layer names; one that
 * TF.js made from a tensor of a known graph belongs to that graph.
 */
function graphOf(x: SymbolicTensor): Graph {
  const known = knownGraph(x);
  if (known !== undefined) return known;
  const names = new Set<string>();
  const pending: SymbolicTensor[] = [x];
  const seen = new Set<SymbolicTensor>();
  let graph: Graph | undefined;
  for (let tensor = pending.pop(); tensor !== undefined; tensor = pending.pop()) {
    if (seen.has(tensor)) continue;
    seen.add(tensor);
    names.add(tensor.sourceLayer.name);
    const origin = knownGraph(tensor);
    graph ??= origin;
    if (origin === undefined) pending.push(...tensor.inputs);
  }
  graph ??= { names, seed: undefined };
  for (const name of names) graph.names.add(name);
  graphs.set(x, graph);
  return graph;
}

function knownGraph(x: SymbolicTensor): Graph | undefined {
  let graph = graphs.get(x);
  while (graph?.joined !== undefined) graph = graph.joined;
  return graph;
}

/** The one graph of all inputs of a layer; separate graphs become one. */
function joinedGraph(inputs: readonly Sym[]): Graph {
  const graph = graphOf(inputs[0]);
  for (const other of inputs.map(graphOf)) {
    if (other === graph) continue;
    const twice = [...other.names].find((name) => graph.names.has(name));
    if (twice !== undefined) {
      throw new LulcError('duplicate-name', `two separate graphs that meet here both have a layer '${twice}'`, {
        hint: 'Name the layers differently, and make the second input with sharedWith.',
      });
    }
    for (const name of other.names) graph.names.add(name);
    other.joined = graph;
  }
  return graph;
}

function hashText(text: string): number {
  let h = 0;
  for (let i = 0; i < text.length; i++) h = hashSeed(h, text.charCodeAt(i));
  return h;
}
