import type { Instruction, Operand } from '../ir.js';
import { call, madeOnlyFor, type Rule, resultValue, sameShape } from './graph.js';

/** Normalisations in training, their gradients, and both with a ReLU. */
const norms: readonly Norm[] = [
  {
    forward: 'BatchNormTrain',
    forwardRelu: 'BatchNormReluTrain',
    backward: 'BatchNormTrainGrad',
    backwardRelu: 'BatchNormReluTrainGrad',
  },
  {
    forward: 'InstanceNorm',
    forwardRelu: 'InstanceNormRelu',
    backward: 'InstanceNormGrad',
    backwardRelu: 'InstanceNormReluGrad',
  },
];

type Norm = Readonly<Record<'forward' | 'forwardRelu' | 'backward' | 'backwardRelu', string>>;

/** What values below 0 are multiplied by in a ReLU or a leaky one, or in the gradient of either. */
function slopeOf({ kernel, attributes }: Instruction): number | undefined {
  if (kernel === 'Relu' || kernel === 'ReluGrad') return 0;
  return kernel === 'LeakyRelu' || kernel === 'LeakyReluGrad' ? attributes[0] : undefined;
}

/** A normalisation in training followed by a ReLU: one pass less over memory, and nothing of it is kept in between. */
const normThenRelu: Rule = (relu, graph) => {
  const slope = slopeOf(relu);
  const [x] = relu.inputs;
  for (const { forward, forwardRelu } of slope === undefined || relu.inputs.length > 1 ? [] : norms) {
    const norm = madeOnlyFor(x, forward, graph);
    if (norm === undefined || x?.value !== norm.outputs[0]) continue;
    const outputs = [relu.outputs[0], ...norm.outputs.slice(1)];
    const attributes = [...norm.attributes, slope as number];
    return { instead: [norm, relu], by: [call(forwardRelu, norm.inputs, outputs, attributes)] };
  }
  return undefined;
};

/** The gradient of that pair: the normalisation's own pass finds out where the ReLU was open. */
const normThenReluGradient: Rule = (gradient, graph) => {
  const norm = norms.find(({ backward }) => backward === gradient.kernel);
  if (norm === undefined) return undefined;
  const [dy, x, gamma, ...statistics] = gradient.inputs;
  const mask = madeOnlyFor(dy, 'ReluGrad', graph) ?? madeOnlyFor(dy, 'LeakyReluGrad', graph);
  const open = mask?.inputs[1];
  const forward = open && graph.producer(open.value);
  if (mask === undefined || forward?.kernel !== norm.forwardRelu || !sameOperand(forward.inputs[0], x))
    return undefined;
  const slope = slopeOf(mask) as number;
  const isSameNorm =
    forward.outputs[0] === open?.value &&
    statistics.every((statistic, i) => forward.outputs[i + 1] === statistic?.value) &&
    sameOperand(forward.inputs[1], gamma) &&
    // A batch norm's gradient is told its epsilon once more.
    gradient.attributes.every((attribute, i) => forward.attributes[i] === attribute) &&
    forward.attributes.at(-1) === slope;
  if (!isSameNorm) return undefined;
  const inputs = [mask.inputs[0], x, gamma, ...statistics, forward.inputs[2]];
  return {
    instead: [gradient, mask],
    by: [call(norm.backwardRelu, inputs, gradient.outputs, [...gradient.attributes, slope])],
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
