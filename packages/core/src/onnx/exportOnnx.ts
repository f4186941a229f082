import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type GraphOptions, toGraph } from '../export/toGraph.js';
import type { Quantization } from '../model/formats.js';
import { checkFileOptions, type OnnxFileOptions, oneOf, sized, writeOnnx } from './writeOnnx.js';

/** Options of {@link exportOnnx}. */
export interface OnnxOptions extends GraphOptions, OnnxFileOptions {
  /**
   * Stores kernels in fewer bits: `'float16'` halves the file; `'int8'` (symmetric, one factor per output channel)
   * quarters it. Computation stays float32: the file has the step that widens them. For computation in integers see
   * `exportQuantizedOnnx`.
   */
  readonly quantize?: Quantization | undefined;
}

/**
 * A model in inference as the bytes of an ONNX file. Batch norms are folded, dropout is gone, images are computed as
 * `[B, C, H, W]` inside. The file's inputs and outputs carry the names of the model's input and output layers; its
 * metadata has the model's card (`card`, JSON), `bands` and `classes` (JSON lists, in order), and `layout`.
 *
 * Written for opset 17 unless told otherwise.
 *
 * @param model any layers model whose layer classes are known, see `registerLayerConverter`
 * @returns the file
 * @throws LulcError `incompatible` naming a layer that cannot be expressed, or one that is bound to the image's size when `dynamicSize` is asked
 *   for, or when the file would be 2 GiB or larger;
 *   `invalid-argument` for an option out of range
 * @example
 * ```ts
 * import { classifier, conv2d, feature, image, useEngine } from '@lulc/core';
 * import { exportOnnx } from '@lulc/core/onnx';
 *
 * await useEngine('auto');
 * const input = image({ shape: [32, 32, 4] });
 * const output = conv2d({ filters: 8, kernelSize: 3, stride: 2 })(input);
 * const model = classifier({ name: 'tiny', input, output, features: [feature(output, 2)] }, { classes: 3 });
 * const bytes = await exportOnnx(model, { layout: 'nchw' });
 * console.log(bytes.byteLength > 1000); // true
 * ```
 */
export async function exportOnnx(model: LayersModel, options: OnnxOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  const { quantize, output } = options;
  checkFileOptions(options);
  oneOf('quantize', quantize, ['float16', 'int8']);
  oneOf('output', output, ['probabilities', 'logits', 'features']);
  return writeOnnx(model, sized(await toGraph(model, options), options), options, { quantize });
}
