import type { GraphNode, GraphShape, NodeOf } from '../export/graph.js';
import { Names } from '../export/names.js';
import type { WeightArray } from '../model/weightArray.js';

/** An attribute of a step as the JSON form of TensorFlow's GraphDef has it. */
export type GraphAttribute = Readonly<Record<string, unknown>>;

/** One step of a TensorFlow graph. */
export interface GraphDefNode {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr: Readonly<Record<string, GraphAttribute>>;
}

/** The forms of attributes. Whole numbers are texts, as 64-bit ones are in JSON; texts are base64. */
export const attribute = {
  float: { type: 'DT_FLOAT' },
  integer: { type: 'DT_INT32' },
  number: (value: number): GraphAttribute => ({ f: value }),
  count: (value: number): GraphAttribute => ({ i: String(value) }),
  flag: (value: boolean): GraphAttribute => ({ b: value }),
  text: (value: string): GraphAttribute => ({ s: btoa(value) }),
  texts: (values: readonly string[]): GraphAttribute => ({ list: { s: values.map((value) => btoa(value)) } }),
  counts: (values: readonly number[]): GraphAttribute => ({ list: { i: values.map(String) } }),
  shape: (shape: GraphShape): GraphAttribute => ({ shape: shapeProto(shape) }),
};

/** A shape as TensorFlow states it; −1 is open. */
export function shapeProto(shape: GraphShape): { readonly dim: readonly { readonly size: string }[] } {
  return { dim: shape.map((size) => ({ size: String(size ?? -1) })) };
}

/** Collects the steps of a graph and the values that stand beside it. */
export class GraphDefEmitter {
  readonly nodes: GraphDefNode[] = [];
  readonly tensors = new Map<string, WeightArray>();
  /** Names of the values that are kernels of convolutions or dense steps. */
  readonly kernels = new Set<string>();
  private readonly names = new Names();
  private readonly made = new Map<GraphNode, string>();
  private readonly integers = new Map<string, string>();
  private readonly outputs = new Map<GraphNode, string>();

  /** Keeps a name for an output, which the step that makes it will carry. */
  output(node: GraphNode, name: string): string {
    const taken = this.names.take(valid(name));
    if (!this.outputs.has(node) && node.op !== 'input' && node.op !== 'constant') this.outputs.set(node, taken);
    return taken;
  }

  /** Makes sure that an output has its name. */
  finish(node: GraphNode, name: string): void {
    const made = this.get(node);
    if (made !== name) this.step('Identity', [made], { T: attribute.float }, name);
  }

  /** Adds an input. */
  input(node: NodeOf<'input'>): string {
    const name = this.names.take(valid(node.name));
    this.made.set(node, name);
    this.step('Placeholder', [], { dtype: attribute.float, shape: attribute.shape(node.shape) }, name);
    return name;
  }

  /** Name of a node's value. */
  get(node: GraphNode): string {
    const known = this.made.get(node);
    if (known !== undefined || node.op !== 'constant') return known as string;
    const name = this.constant(node.name, { dtype: 'float32', shape: node.shape as number[], data: node.data });
    this.made.set(node, name);
    return name;
  }

  /** Name of a kernel. */
  kernel(node: NodeOf<'constant'>): string {
    const name = this.get(node);
    this.kernels.add(name);
    return name;
  }

  /** Adds the step that makes a node's value. */
  emit(
    node: GraphNode,
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, GraphAttribute>> = {},
  ): void {
    const name = this.outputs.get(node) ?? this.names.take(valid(node.name));
    this.made.set(node, this.step(op, inputs, { T: attribute.float, ...attributes }, name));
  }

  /** Adds a step within a node; gives the name of its value. */
  within(
    node: GraphNode,
    suffix: string,
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, GraphAttribute>> = {},
  ): string {
    const name = this.names.take(valid(`${node.name}/${suffix}`));
    return this.step(op, inputs, { T: attribute.float, ...attributes }, name);
  }

  /** Whole numbers as an input of a step. */
  whole(values: readonly number[], shape: readonly number[] = [values.length]): string {
    const key = `${shape}: ${values}`;
    const name =
      this.integers.get(key) ?? this.constant('shape', { dtype: 'int32', shape, data: Int32Array.from(values) });
    this.integers.set(key, name);
    return name;
  }

  /** A number as an input of a step. */
  scalar(node: GraphNode, suffix: string, value: number): string {
    return this.constant(`${node.name}/${suffix}`, { dtype: 'float32', shape: [], data: Float32Array.of(value) });
  }

  /** Values that stand beside the graph. */
  private constant(wanted: string, array: WeightArray): string {
    const name = this.names.take(valid(wanted));
    this.tensors.set(name, array);
    const dtype = array.dtype === 'int32' ? attribute.integer : attribute.float;
    const value = { tensor: { dtype: dtype.type, tensorShape: shapeProto(array.shape) } };
    return this.step('Const', [], { dtype, value }, name);
  }

  private step(
    op: string,
    input: readonly string[],
    attr: Readonly<Record<string, GraphAttribute>>,
    name: string,
  ): string {
    this.nodes.push({ name, op, ...(input.length === 0 ? {} : { input }), attr });
    return name;
  }
}

/** A name that TensorFlow takes for a step. */
function valid(name: string): string {
  return name.replace(/[^\w./-]/g, '_').replace(/^[^A-Za-z0-9.]/, 'n$&');
}
