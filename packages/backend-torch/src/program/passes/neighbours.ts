import type { Instruction, Operand } from '../ir.js';
import { call, madeOnlyFor, type Rule, resultValue, sameShape } from './graph.js';

/** A batch norm in training followed by a ReLU: one pass less over memory, and nothing of it is kept in between. */
const normThenRelu: Rule = (relu, graph) => {
  if (relu.kernel !== 'Relu') return undefined;
  const norm = madeOnlyFor(relu.inputs[0], 'BatchNormTrain', graph);
  if (norm === undefined || relu.inputs[0]?.value !== norm.outputs[0]) return undefined;
  const [, mean, variance] = norm.outputs;
  return {
    instead: [norm, relu],
    by: [call('BatchNormReluTrain', norm.inputs, [relu.outputs[0], mean, variance], norm.attributes)],
  };
};

/** The gradient of that pair: the batch norm's own pass finds out where the ReLU was open. */
const normThenReluGradient: Rule = (gradient, graph) => {
  if (gradient.kernel !== 'BatchNormTrainGrad') return undefined;
  const [dy, x, gamma, mean, variance] = gradient.inputs;
  const mask = madeOnlyFor(dy, 'ReluGrad', graph);
  const open = mask?.inputs[1];
  const forward = open && graph.producer(open.value);
  if (mask === undefined || forward?.kernel !== 'BatchNormReluTrain' || !sameOperand(forward.inputs[0], x))
    return undefined;
  const isSameNorm =
    forward.outputs[0] === open?.value &&
    forward.outputs[1] === mean?.value &&
    forward.outputs[2] === variance?.value &&
    sameOperand(forward.inputs[1], gamma) &&
    forward.attributes[0] === gradient.attributes[0];
  if (!isSameNorm) return undefined;
  const inputs = [mask.inputs[0], x, gamma, mean, variance, forward.inputs[2]];
  return {
    instead: [gradient, mask],
    by: [call('BatchNormReluTrainGrad', inputs, gradient.outputs, gradient.attributes)],
  };
};

/** An addition followed by a ReLU. */
const addThenRelu: Rule = (relu, graph) => {
  if (relu.kernel !== 'Relu') return undefined;
  const sum = madeOnlyFor(relu.inputs[0], 'Add', graph);
  if (sum === undefined || !sameSizes(sum)) return undefined;
  return { instead: [relu, sum], by: [call('AddRelu', sum.inputs, relu.outputs)] };
};

/** The gradient of a channel's gate: a sum over the image of the product of two images. */
const productThenSum: Rule = (sum, graph) => {
  if (sum.kernel !== 'Sum') return undefined;
  const product = madeOnlyFor(sum.inputs[0], 'Multiply', graph);
  const rank = sum.inputs[0]?.shape.length ?? 0;
  // Attributes of a reduction: how many axes, the axes, whether they stay.
  const [axes, ...rest] = sum.attributes;
  const isOverImage = rank === 4 && axes === 2 && rest[0] === 1 && rest[1] === 2;
  if (product === undefined || !isOverImage || !sameSizes(product)) return undefined;
  return { instead: [sum, product], by: [call('ProductSum', product.inputs, sum.outputs)] };
};

/** A product with ones, as TF.js writes the gradient of a mean, only repeats the other factor. */
const productWithOnes: Rule = (product, graph) => {
  if (product.kernel !== 'Multiply') return undefined;
  const [x, ones] = product.inputs as [Operand, Operand];
  const { source, shape } = graph.program.values[ones.value];
  const [output] = product.outputs;
  const isOnes = source.kind === 'uploaded' && source.values.every((value) => value === 1);
  if (!isOnes || x.shape.length !== shape.length || !sameShape(graph.shape(output), shape)) return undefined;
  if (!sameShape(ones.shape, shape) || sameShape(x.shape, shape)) return undefined;
  const repetitions = shape.map((size, axis) => (x.shape[axis] === size ? 1 : size));
  return { instead: [product], by: [call('Tile', [x], [output], [repetitions.length, ...repetitions])] };
};

/** What was repeated and then divided is divided and then repeated. */
const divideBeforeRepeating: Rule = (quotient, graph) => {
  if (quotient.kernel !== 'RealDiv') return undefined;
  const tile = madeOnlyFor(quotient.inputs[0], 'Tile', graph);
  const divisor = quotient.inputs[1];
  if (tile === undefined || divisor?.shape.length !== 0) return undefined;
  const [x] = tile.inputs as [Operand];
  const divided = graph.program.values.length;
  return {
    instead: [tile, quotient],
    by: [
      call('RealDiv', [x, divisor], [divided]),
      call('Tile', [{ value: divided, shape: x.shape }], quotient.outputs, tile.attributes),
    ],
    values: [resultValue(x.shape)],
  };
};

/** An image scaled by channel, and something added: the gate of channel attention with what follows it. */
const scaleThenAdd: Rule = (sum, graph) => {
  if (sum.kernel !== 'Add' || !sameSizes(sum)) return undefined;
  for (const [scaled, other] of [
    [sum.inputs[0], sum.inputs[1]],
    [sum.inputs[1], sum.inputs[0]],
  ]) {
    const product = madeOnlyFor(scaled, 'Multiply', graph);
    if (product === undefined) continue;
    const [image, gate] = product.inputs as [Operand, Operand];
    if (!isGateOf(gate, image)) continue;
    // What is added may itself be one value per channel, spread over the image.
    const spread = madeOnlyFor(other, 'Tile', graph);
    const added = spread !== undefined && isGateOf(spread.inputs[0], image) ? spread.inputs[0] : other;
    const gone = added === other ? [sum, product] : [sum, product, spread as Instruction];
    return { instead: gone, by: [call('ScaleAdd', [image, gate, added], sum.outputs)] };
  }
  return undefined;
};

/** Whether an operand has one value per sample and channel of an image. */
function isGateOf(gate: Operand | undefined, image: Operand): boolean {
  if (gate === undefined || image.shape.length !== 4) return false;
  const [batch, , , channels] = image.shape;
  return sameShape(gate.shape, [batch, 1, 1, channels]);
}

function sameSizes({ inputs: [a, b] }: Instruction): boolean {
  return a !== undefined && b !== undefined && sameShape(a.shape, b.shape);
}

function sameOperand(a: Operand | undefined, b: Operand | undefined): boolean {
  return a !== undefined && b !== undefined && a.value === b.value && sameShape(a.shape, b.shape);
}

/** Rules that leave the numbers as they are but for rounding; good for training and prediction. */
export const neighbourRules: readonly Rule[] = [
  normThenRelu,
  normThenReluGradient,
  addThenRelu,
  productThenSum,
  productWithOnes,
  divideBeforeRepeating,
  scaleThenAdd,
];
