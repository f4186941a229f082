import type { GraphNode, GraphShape, NodeOf } from '../export/graph.js';
import { Names } from '../export/names.js';
import { permuted } from '../export/permuted.js';
import type { Quantization } from '../model/formats.js';
import { isWorthQuantizing } from '../model/quantize.js';
import { floatTensor, int8Tensors, int32Tensor, integerTensor, quantumTensor } from './initializers.js';
import type { WeightedStep } from './quantized/integerSteps.js';
import type { QuantizationPlan } from './quantized/plan.js';
import type { OnnxAttribute, OnnxNode, OnnxTensor } from './schema.js';
import { withoutZeros } from './zeroChannels.js';

/** How the values of a tensor lie: as in the graph (images `[B, H, W, C]`), or images as `[B, C, H, W]`. */
export type Layout = 'plain' | 'channelsFirst';

const toChannelsFirst = [0, 3, 1, 2];
const toPlain = [0, 2, 3, 1];

/** Lists that are longer are no shapes, and not named by their values. */
const longestShape = 8;

/** Bytes of zeros that steps which put them back are worth: about what these take. */
const worthSteps = 256;

/** For each axis of a tensor as it lies, the axis of the graph. */
export function axesOf(layout: Layout, rank: number): readonly number[] {
  return layout === 'channelsFirst' ? toChannelsFirst : Array.from({ length: rank }, (_, axis) => axis);
}

/** Where an axis of the graph lies. */
export function axisIn(layout: Layout, axis: number): number {
  return layout === 'channelsFirst' ? toChannelsFirst.indexOf(axis) : axis;
}

/** A list with one entry per axis of the graph, in the order in which the axes lie. */
export function arranged<T>(values: readonly T[], layout: Layout): T[] {
  return axesOf(layout, values.length).map((axis) => values[axis]);
}

/** Number types of a file. */
export interface EmitterOptions {
  readonly quantize?: Quantization | undefined;
  readonly batchSize: number | undefined;
  readonly opset: number;
  /** By what numbers steps are computed in integers; in floating point when absent. */
  readonly plan?: QuantizationPlan | undefined;
}

/**
 * Collects the steps and values of a file. A tensor of the graph exists in the layouts that its readers ask for: each is
 * made once, so that layouts change only where a convolution and something that needs the graph's own order meet.
 */
export class Emitter {
  readonly nodes: OnnxNode[] = [];
  readonly tensors: OnnxTensor[] = [];
  readonly opset: number;
  private readonly options: EmitterOptions;
  private readonly names = new Names();
  private readonly made = new Map<GraphNode, Partial<Record<Layout, string>>>();
  private readonly outputs = new Map<GraphNode, { readonly layout: Layout; readonly name: string }>();
  private readonly shared = new Map<object, Map<string, string>>();
  private values = 0;

  constructor(options: EmitterOptions) {
    this.options = options;
    this.opset = options.opset;
  }

  /** Keeps a name for an input. */
  input(node: NodeOf<'input'>, layout: Layout): string {
    const name = this.names.take(node.name);
    this.remember(node, layout, name);
    return name;
  }

  /** Keeps a name for an output; the step that makes it in this layout will carry it. */
  output(node: GraphNode, name: string, layout: Layout): string {
    const taken = this.names.take(name);
    const ownStep = node.op !== 'input' && node.op !== 'constant' && !this.options.plan?.tensors.has(node);
    if (!this.outputs.has(node) && ownStep) {
      this.outputs.set(node, { layout, name: taken });
    }
    return taken;
  }

  /** Makes sure that an output has its name. */
  finish(node: GraphNode, name: string, layout: Layout): void {
    const made = this.get(node, layout);
    if (made !== name) this.step('Identity', [made], {}, name);
  }

  /** The layouts in which a node exists already. */
  layoutsOf(node: GraphNode): readonly Layout[] {
    return Object.keys(this.made.get(node) ?? {}) as Layout[];
  }

  /** Name of a node's value in a layout; made from another one when it is not there. */
  get(node: GraphNode, layout: Layout = 'plain'): string {
    const wanted = node.shape.length === 4 ? layout : 'plain';
    const known = this.made.get(node) ?? {};
    const there = known[wanted];
    if (there !== undefined) return there;
    if (node.op === 'constant')
      return this.remember(node, wanted, this.constant(node, axesOf(wanted, node.shape.length)));
    const from: Layout = wanted === 'plain' ? 'channelsFirst' : 'plain';
    const source = known[from] as string;
    const name = this.nameFor(node, wanted, `${node.name}/${wanted === 'plain' ? 'nhwc' : 'nchw'}`);
    if (sameOrder(node.shape)) this.reshapeTo(source, arranged(node.shape, wanted), name);
    else this.step('Transpose', [source], { perm: wanted === 'plain' ? toPlain : toChannelsFirst }, name);
    return this.remember(node, wanted, name);
  }

  /** Adds the step that makes a node's value in a layout. */
  emit(
    node: GraphNode,
    layout: Layout,
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): void {
    const made = node.shape.length === 4 ? layout : 'plain';
    this.remember(node, made, this.step(operator, inputs, attributes, this.nameFor(node, made, node.name)));
  }

  /** True for a step that the rounding of its input's value does. */
  absorbs(node: GraphNode): boolean {
    return this.options.plan?.absorbed.has(node) === true;
  }

  /** Takes another value as a node's own. */
  pass(node: GraphNode, layout: Layout, value: string): void {
    this.remember(node, node.shape.length === 4 ? layout : 'plain', value);
  }

  /** Adds a reshape that makes a node's value in a layout. */
  emitReshape(node: GraphNode, layout: Layout, source: string): void {
    const made = node.shape.length === 4 ? layout : 'plain';
    this.remember(node, made, this.reshapeTo(source, arranged(node.shape, made), this.nameFor(node, made, node.name)));
  }

  /** Adds a step within a node; gives the name of its value. */
  within(
    node: GraphNode,
    suffix: string,
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string {
    return this.step(operator, inputs, attributes, this.names.take(`${node.name}/${suffix}`));
  }

  /** A list of whole numbers as an input of a step. */
  integers(values: readonly number[]): string {
    return this.once(this, `${values}`, () => {
      const name = values.length > longestShape ? this.brief() : this.names.take(`shape/${values.join('_')}`);
      this.tensors.push(integerTensor(name, values));
      return name;
    });
  }

  /** A list of numbers as an input of a step. */
  floats(values: readonly number[]): string {
    return this.once(this, `floats ${values}`, () => {
      const name = this.names.take(`numbers/${values.join('_')}`);
      this.tensors.push(floatTensor(name, [values.length], Float32Array.from(values), 'float32'));
      return name;
    });
  }

  /** A constant with its axes reordered, and perhaps in another shape. */
  constant(node: NodeOf<'constant'>, order: readonly number[], shape?: readonly number[]): string {
    const sizes = shape ?? order.map((axis) => node.shape[axis] as number);
    return this.once(node, `${order} ${sizes}`, () => {
      const name = this.names.take(node.name);
      this.tensors.push(floatTensor(name, sizes, arrange(node, order), 'float32'));
      return name;
    });
  }

  /**
   * A step's kernel with its axes reordered, in the file's number type.
   *
   * @param channels axis of the output channels after reordering
   */
  kernel(step: WeightedStep, order: readonly number[], shape: readonly number[], channels: number): string {
    const node = step.inputs[1] as NodeOf<'constant'>;
    const weights = this.options.plan?.weights.get(step);
    if (weights !== undefined) return this.int8Kernel(step, node, order, shape, channels, weights.scales);
    const { quantize } = this.options;
    if (quantize === undefined || !isWorthQuantizing(node.shape as number[])) return this.constant(node, order, shape);
    if (quantize === 'int8') return this.int8Kernel(node, node, order, shape, channels);
    return this.once(node, `kernel ${order} ${shape}`, () => {
      const name = this.names.take(node.name);
      const stored = floatTensor(this.names.take(`${name}/float16`), shape, arrange(node, order), 'float16');
      this.tensors.push(stored);
      return this.step('Cast', [stored.name], { to: 1 }, name);
    });
  }

  /** A step's bias as its inputs, none when there is none: in 32-bit whole numbers where the kernel is in 8 bits. */
  bias(step: WeightedStep): readonly string[] {
    const bias = step.inputs[2] as NodeOf<'constant'> | undefined;
    if (bias === undefined) return [];
    const weights = this.options.plan?.weights.get(step);
    if (weights === undefined) return [this.get(bias)];
    const quanta = int32Tensor(this.names.take(`${step.name}/bias/int32`), bias.data, weights.biasScales);
    const scales = floatTensor(this.brief(), quanta.shape, weights.biasScales, 'float32');
    this.tensors.push(quanta, scales);
    return [this.unnamed('DequantizeLinear', [quanta.name, scales.name], { axis: 0 })];
  }

  /** A shape as files state it: the batch open or fixed. */
  shapeOf(shape: GraphShape, layout: Layout): (number | string)[] {
    const sizes = arranged(shape, shape.length === 4 ? layout : 'plain');
    const spatial = arranged(['batch', 'height', 'width', 'channels'], layout);
    return sizes.map((size, axis) => {
      if (size !== null) return size;
      if (axis === 0) return this.options.batchSize ?? 'batch';
      return shape.length === 4 ? spatial[axis] : `axis${axis}`;
    });
  }

  private reshapeTo(source: string, shape: GraphShape, name: string): string {
    // −1 stands for the one axis that is open.
    const sizes = shape.map((size) => size ?? -1);
    return this.step('Reshape', [source, this.integers(sizes)], {}, name);
  }

  private step(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>>,
    output: string,
  ): string {
    this.nodes.push({ operator, name: output, inputs, outputs: [output], attributes });
    return output;
  }

  private nameFor(node: GraphNode, layout: Layout, otherwise: string): string {
    const output = this.outputs.get(node);
    return output?.layout === layout ? output.name : this.names.take(otherwise);
  }

  private remember(node: GraphNode, layout: Layout, name: string): string {
    const value = this.rounded(node, name);
    this.made.set(node, { ...this.made.get(node), [layout]: value });
    return value;
  }

  /** A value rounded to 8 bits where the plan says so: runtimes join both steps with those around them. */
  private rounded(node: GraphNode, name: string): string {
    const quanta = this.options.plan?.tensors.get(node);
    if (quanta === undefined) return name;
    const scale = this.once(quanta, 'scale', () => {
      const taken = this.brief();
      this.tensors.push(floatTensor(taken, [], Float32Array.of(quanta.scale), 'float32'));
      return taken;
    });
    const zero = this.once(this, `${quanta.type} ${quanta.zeroPoint}`, () => {
      const taken = this.brief();
      this.tensors.push(quantumTensor(taken, quanta.type, quanta.zeroPoint));
      return taken;
    });
    const quantized = this.unnamed('QuantizeLinear', [name, scale, zero]);
    return this.unnamed('DequantizeLinear', [quantized, scale, zero]);
  }

  private int8Kernel(
    owner: object,
    node: NodeOf<'constant'>,
    order: readonly number[],
    shape: readonly number[],
    channels: number,
    given?: Float32Array<ArrayBuffer>,
  ): string {
    return this.once(owner, `kernel ${order} ${shape} ${channels}`, () => {
      const { quanta, scales } = int8Tensors(
        { quanta: this.names.take(`${node.name}/int8`), scales: this.brief() },
        shape,
        arrange(node, order),
        channels,
        given,
      );
      this.tensors.push(scales);
      const inputs = [this.storedBriefly(quanta), scales.name, this.zeros(scales.shape)];
      return this.unnamed('DequantizeLinear', inputs, { axis: channels });
    });
  }

  /**
   * A kernel's quanta without channels of zeros where that makes the file smaller; steps that runtimes compute when they load
   * the file put them back.
   */
  private storedBriefly(quanta: OnnxTensor): string {
    const { shape } = quanta;
    const left = withoutZeros(new Int8Array(quanta.bytes.buffer, quanta.bytes.byteOffset, quanta.bytes.length), shape);
    if (quanta.bytes.length - left.data.length < worthSteps) {
      this.tensors.push(quanta);
      return quanta.name;
    }
    this.tensors.push({ ...quanta, shape: left.shape, bytes: new Uint8Array(left.data.buffer) });
    // Channels that are not the first ones are taken from where they are, zeros from one behind them.
    const inOrder = left.kept.map((channels) => channels.every((channel, i) => channel === i));
    const added = shape.map((size, axis) => (axis > 1 ? 0 : inOrder[axis] ? size - left.shape[axis] : 1));
    const padded = this.unnamed('Pad', [quanta.name, this.integers([...shape.map(() => 0), ...added])]);
    return left.kept.reduce((values, channels, axis) => {
      if (inOrder[axis]) return values;
      const sources = Array.from({ length: shape[axis] }, () => channels.length);
      for (const [i, channel] of channels.entries()) sources[channel] = i;
      return this.unnamed('Gather', [values, this.integers(sources)], { axis });
    }, padded);
  }

  /** Zeros of 8 bits. */
  private zeros(shape: readonly number[]): string {
    return this.once(this, `zeros ${shape}`, () => {
      const name = this.brief();
      this.tensors.push({ name, type: 'int8', shape, bytes: new Uint8Array(shape[0]) });
      return name;
    });
  }

  /** Adds a step that is there for numbers to be in 8 bits only: files have many of them, and their names would take more bytes than small networks. */
  private unnamed(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string {
    const output = this.brief();
    this.nodes.push({ operator, inputs, outputs: [output], attributes });
    return output;
  }

  /** A name for a value that stands for nothing in the network. */
  private brief(): string {
    return this.names.take(`v${this.values++}`);
  }

  /** Makes something of an owner once. */
  private once(owner: object, key: string, make: () => string): string {
    const values = this.shared.get(owner) ?? new Map<string, string>();
    this.shared.set(owner, values);
    const name = values.get(key) ?? make();
    values.set(key, name);
    return name;
  }
}

/** True when `[B, H, W, C]` and `[B, C, H, W]` have their values in the same order. */
export function sameOrder([, height, width, channels]: GraphShape): boolean {
  return channels === 1 || (height === 1 && width === 1);
}

function arrange({ data, shape }: NodeOf<'constant'>, order: readonly number[]): Float32Array {
  return order.every((axis, i) => axis === i) ? data : permuted(data, shape as number[], order);
}
