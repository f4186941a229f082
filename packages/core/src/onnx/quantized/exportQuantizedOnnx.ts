import type { LayersModel } from '@tensorflow/tfjs-layers';
import { LulcError } from '../../errors/lulcError.js';
import { requireCount } from '../../errors/optionChecks.js';
import type { GraphNode, InferenceGraph } from '../../export/graph.js';
import { type GraphOptions, toGraph } from '../../export/toGraph.js';
import { checkFileOptions, type OnnxFileOptions, oneOf, sized, writeOnnx } from '../writeOnnx.js';
import { type CalibrationData, calibrate } from './calibrate.js';
import { chooseRange, type RangeMethod } from './chooseRange.js';
import { correctBiases } from './correctBiases.js';
import { type IntegerSteps, integerSteps, layerOf } from './integerSteps.js';
import { planQuantization } from './plan.js';
import { prepare } from './prepare.js';
import type { ActivationType, ValueRange } from './quanta.js';
import { widen } from './widen.js';

/** Options of {@link exportQuantizedOnnx}. */
export interface QuantizedOnnxOptions extends Omit<GraphOptions, 'foldBatchNorm'>, OnnxFileOptions {
  /**
   * What the model will see: for instance `source.epoch(0)` of its training data. For a model of several inputs each entry is
   * a list of batches, one per input.
   */
  readonly calibration: CalibrationData;
  /** Batches of `calibration` to look at, at most. Default 15. */
  readonly batches?: number | undefined;
  /**
   * How a tensor's range is found from the values seen: the range of the least square error (`'mse'`, default), that which
   * tells most of how values are distributed (`'entropy'`), their whole range (`'min-max'`), or that of a share of them
   * (`{ percentile: 0.9999 }`).
   */
  readonly method?: RangeMethod | undefined;
  /**
   * Takes from biases what the rounding of kernels adds to the means of their channels over `calibration` (Nagel et al.,
   * ICCV 2019); default true.
   */
  readonly correctBias?: boolean | undefined;
  /** Type of activations; default `'uint8'`, for which ONNX Runtime has its fastest kernels on most processors. */
  readonly activations?: ActivationType | undefined;
  /**
   * Bits of weights, 8 (default) or 7. On x86 processors with AVX2 or AVX-512 but without VNNI, ONNX Runtime adds two
   * products in 16 bits, which 8-bit weights may overflow.
   */
  readonly weightBits?: 7 | 8 | undefined;
  /**
   * Convolutions of fewer channels get as many, of zeros: ONNX Runtime's fastest kernels compute 16 (default) at once of
   * channels that they read by fours, and those for other numbers take several times as long. The result is the same, and
   * zeros take little of the file. 1 adds none.
   */
  readonly leastChannels?: number | undefined;
  /** Paths of convolutions and dense layers that stay in floating point. Default none. */
  readonly float?: readonly string[] | undefined;
  /** Ends the calibration with a LulcError `aborted`. */
  readonly signal?: AbortSignal | undefined;
}

/** A tensor in 8 bits: `value ≈ scale · (quantum − zeroPoint)`. */
export interface QuantizedTensor {
  /** Path of the step that makes it. */
  readonly name: string;
  /** Distance of neighbouring values. */
  readonly scale: number;
  /** The quantum of 0. */
  readonly zeroPoint: number;
}

/** What {@link exportQuantizedOnnx} made. */
export interface QuantizedOnnx {
  /** The file. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The tensors in 8 bits, in the order of computation. */
  readonly tensors: readonly QuantizedTensor[];
  /** Paths of the convolutions and dense layers with 8-bit weights. */
  readonly integerLayers: readonly string[];
  /** Batches the ranges were found on. */
  readonly batches: number;
}

/**
 * A model as an ONNX file that is computed in 8-bit integers (static post-training quantisation): kernels symmetric with one
 * factor per output channel, activations with one range per tensor, biases in 32 bits, batch norms folded. The ranges are
 * found by running the model on the current engine over `calibration`. The file says what is in integers by pairs of
 * `QuantizeLinear` and `DequantizeLinear`, which ONNX Runtime (and others) join with the steps between into integer kernels.
 *
 * In integers: convolutions (transposed ones with their kernel as large as their stride included) and dense layers, and
 * between them pooling, ReLU, leaky ReLU, sigmoid, concatenation, bilinear resizes, sums and products. In floating point:
 * everything behind the last convolution or dense layer, so that logits are not rounded; instance and layer normalisation,
 * softmax and other activations, between which and the integers numbers are converted: networks meant for 8 bits use batch
 * norm.
 *
 * @param model any layers model that `exportOnnx` takes
 * @param options calibration data, which are required; the other options have defaults
 * @returns the file, and what is in 8 bits
 * @throws LulcError `incompatible` naming a layer that cannot be expressed, or `invalid-argument` for an option out of range,
 *   calibration without a batch or with values that are not finite, or a name in `float` that is no such layer;
 *   `shape-mismatch` for batches that do not fit the model; `aborted` by the signal
 * @example
 * ```ts
 * import { classifier, conv2d, feature, image, useEngine } from '@lulc/core';
 * import { exportQuantizedOnnx } from '@lulc/core/onnx';
 *
 * await useEngine('auto');
 * const input = image({ shape: [8, 8, 4] });
 * const output = conv2d({ filters: 8, kernelSize: 3, stride: 2 })(input);
 * const model = classifier({ name: 'tiny', input, output, features: [feature(output, 2)] }, { classes: 3 });
 * const images = Float32Array.from({ length: 8 * 8 * 4 }, (_, i) => Math.sin(i));
 * const calibration = [{ images, imageShape: [1, 8, 8, 4] }];
 * const { bytes, integerLayers } = await exportQuantizedOnnx(model, { calibration });
 * console.log(bytes.byteLength > 1000, integerLayers); // true [ 'conv', 'head' ]
 * ```
 */
export async function exportQuantizedOnnx(model: LayersModel, options: QuantizedOnnxOptions): Promise<QuantizedOnnx> {
  checkOptions(options);
  const { method = 'mse', activations = 'uint8', weightBits = 8, batches = 15, signal } = options;
  const whole = sized(await toGraph(model, options), options);
  const { float = [], leastChannels = 16 } = options;
  const prepared = prepare(whole.graph.outputs.map(({ node }) => node));
  const graphOf = (nodes: readonly GraphNode[]): InferenceGraph => ({
    ...whole.graph,
    outputs: whole.graph.outputs.map(({ name }, i) => ({ name, node: nodes[i] })),
  });
  const narrow = integerSteps(prepared, float);
  const seen = await calibrate(graphOf(prepared), narrow, options.calibration, { batches, signal });
  const { correctBias = true } = options;
  const corrected = correctBias
    ? correctBiases(prepared, narrow, seen.means, weightBits)
    : { ends: prepared, originOf: (node: GraphNode) => node };
  const wide = widen(corrected.ends, integerSteps(corrected.ends, float), leastChannels);
  const steps = integerSteps(wide.ends, float);
  const ranges = new Map<GraphNode, ValueRange>();
  for (const node of steps.quantized) {
    const histogram = seen.histograms.get(corrected.originOf(wide.originOf(node)));
    if (histogram !== undefined) ranges.set(node, chooseRange(histogram, method, activations, slopeOf(node, steps)));
  }
  const plan = planQuantization(steps, ranges, { activations, weightBits });
  return {
    bytes: writeOnnx(model, { ...whole, graph: graphOf(wide.ends) }, options, { plan }),
    tensors: [...plan.tensors].map(([{ name }, { scale, zeroPoint }]) => ({ name, scale, zeroPoint })),
    integerLayers: steps.weighted.map(layerOf),
    batches: seen.batches,
  };
}

/** What is left of values below 0 where a leaky ReLU alone reads them. */
function slopeOf(node: GraphNode, { readersOf }: IntegerSteps): number {
  const [reader, ...others] = readersOf(node);
  return others.length === 0 && reader?.op === 'leakyRelu' ? reader.slope : 1;
}

function checkOptions(options: QuantizedOnnxOptions): void {
  const { output, method = 'mse', activations, weightBits, batches = 15, leastChannels = 1 } = options;
  checkFileOptions(options);
  oneOf('output', output, ['probabilities', 'logits', 'features']);
  oneOf('activations', activations, ['uint8', 'int8']);
  oneOf('weightBits', weightBits, [7, 8]);
  requireCount({ batches, leastChannels });
  if (typeof method === 'string') oneOf('method', method, ['mse', 'min-max', 'entropy']);
  else if (!(method.percentile > 0.5 && method.percentile <= 1)) {
    throw new LulcError('invalid-argument', `a percentile must be above 0.5 and at most 1, got ${method.percentile}`, {
      where: { option: 'method' },
    });
  }
}
