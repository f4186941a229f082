import type { Instruction, Operand } from '../ir.js';
import { call, type Graph, madeOnlyFor, type Rule, resultValue, sameShape } from './graph.js';

/** Positions among the inputs of the native kernel `Convolution`. */
const filterAt = 1;
const biasAt = 2;
const residualAt = 3;

/** The attributes of `Convolution` end with the number of the activation and its slope; 0 is none. */
const activationCodes: Readonly<Record<string, number>> = {
  Relu: 1,
  Relu6: 2,
  Elu: 3,
  Sigmoid: 4,
  LeakyRelu: 5,
  Swish: 7,
  Gelu: 8,
};

const isLinear = ({ attributes }: Instruction): boolean => attributes[attributes.length - 2] === 0;

/** A batch norm with fixed statistics goes into the filter and bias of the convolution before it. */
const normIntoConvolution: Rule = (norm, graph) => {
  if (norm.kernel !== 'FusedBatchNorm') return undefined;
  const [x, ...statistics] = norm.inputs;
  const convolution = madeOnlyFor(x, 'Convolution', graph);
  if (convolution === undefined || !isLinear(convolution)) return undefined;
  const filter = convolution.inputs[filterAt] as Operand;
  const fixed = [filter, convolution.inputs[biasAt], ...statistics];
  const channels = x?.shape.at(-1) as number;
  const isFixed = fixed.every((operand) => operand === undefined || graph.isConstant(operand.value));
  const isPlain = statistics.every((operand) => operand === undefined || sameShape(operand.shape, [channels]));
  // channels second, or with a residual or slopes: not what a folded filter can express
  if (!isFixed || !isPlain || convolution.attributes[1] !== 0) return undefined;
  if (convolution.inputs[residualAt] !== undefined || convolution.inputs[4] !== undefined) return undefined;
  const folded = graph.program.values.length;
  const depthwise = convolution.attributes[0];
  const fold = call('FoldBatchNorm', fixed, [folded, folded + 1], [norm.attributes[0], depthwise]);
  const inputs: (Operand | undefined)[] = [...convolution.inputs];
  inputs[filterAt] = { value: folded, shape: filter.shape };
  inputs[biasAt] = { value: folded + 1, shape: [channels] };
  return {
    instead: [norm, convolution],
    by: [fold, { ...convolution, inputs, outputs: norm.outputs }],
    values: [resultValue(filter.shape), resultValue([channels])],
  };
};

/** A bias added to a convolution. */
const biasIntoConvolution: Rule = (sum, graph) =>
  intoConvolution(sum, graph, (convolution, other) => {
    const channels = convolution.inputs[filterAt]?.shape.at(-1) as number;
    const isBias =
      graph.isConstant(other.value) &&
      other.shape.at(-1) === channels &&
      other.shape.every((n, i) => n === 1 || i === other.shape.length - 1);
    if (!isBias || convolution.inputs[biasAt] !== undefined || convolution.attributes[0] !== 0) return undefined;
    return withInput(convolution, biasAt, { value: other.value, shape: [channels] });
  });

/** Another image added to a convolution, as at the end of a residual block. */
const residualIntoConvolution: Rule = (sum, graph) =>
  intoConvolution(sum, graph, (convolution, other, own) =>
    sameShape(other.shape, own.shape) && own.shape.length === 4 ? withInput(convolution, residualAt, other) : undefined,
  );

/** An activation behind a convolution. */
const activationIntoConvolution: Rule = (activation, graph) => {
  const code = activationCodes[activation.kernel];
  const convolution = code === undefined ? undefined : madeOnlyFor(activation.inputs[0], 'Convolution', graph);
  if (convolution === undefined || !isLinear(convolution)) return undefined;
  const attributes = [...convolution.attributes];
  attributes.splice(-2, 2, code, activation.attributes[0] ?? 0);
  return {
    instead: [activation, convolution],
    by: [{ ...convolution, attributes, outputs: activation.outputs }],
  };
};

/** A batch norm with fixed statistics that has no convolution before it, and the ReLU behind it. */
const normThenRelu: Rule = (relu, graph) => {
  if (relu.kernel !== 'Relu') return undefined;
  const norm = madeOnlyFor(relu.inputs[0], 'FusedBatchNorm', graph);
  if (norm === undefined || relu.inputs[0]?.shape.length !== 4) return undefined;
  const [, ...statistics] = norm.inputs;
  const channels = relu.inputs[0].shape[3];
  if (!statistics.every((operand) => operand === undefined || sameShape(operand.shape, [channels]))) return undefined;
  return { instead: [relu, norm], by: [call('BatchNormRelu', norm.inputs, relu.outputs, [...norm.attributes, 0])] };
};

function intoConvolution(
  sum: Instruction,
  graph: Graph,
  fused: (convolution: Instruction, other: Operand, own: Operand) => Instruction | undefined,
): ReturnType<Rule> {
  if (sum.kernel !== 'Add') return undefined;
  const [a, b] = sum.inputs as [Operand, Operand];
  for (const [own, other] of [
    [a, b],
    [b, a],
  ]) {
    const convolution = madeOnlyFor(own, 'Convolution', graph);
    if (convolution === undefined || !isLinear(convolution) || convolution.inputs[residualAt] !== undefined) continue;
    if (!sameShape(graph.shape(sum.outputs[0]), own.shape)) continue;
    const replacement = fused(convolution, other, own);
    if (replacement !== undefined)
      return { instead: [sum, convolution], by: [{ ...replacement, outputs: sum.outputs }] };
  }
  return undefined;
}

function withInput(convolution: Instruction, at: number, operand: Operand): Instruction {
  const inputs = [...convolution.inputs];
  inputs[at] = operand;
  return { ...convolution, inputs };
}

/** Rules for programs whose weights are fixed. */
export const inferenceRules: readonly Rule[] = [
  biasIntoConvolution,
  normIntoConvolution,
  residualIntoConvolution,
  activationIntoConvolution,
  normThenRelu,
];
