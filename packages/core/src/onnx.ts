/**
 * Models as ONNX files, for ONNX Runtime and everything else that reads them.
 *
 * ```ts
 * import { classifier, conv2d, feature, image, useEngine } from '@lulc/core';
 * import { writeAtomically } from '@lulc/core/node';
 * import { exportOnnx } from '@lulc/core/onnx';
 *
 * await useEngine('auto');
 * const input = image({ shape: [32, 32, 4] });
 * const output = conv2d({ filters: 8, kernelSize: 3, stride: 2 })(input);
 * const model = classifier({ name: 'tiny', input, output, features: [feature(output, 2)] }, { classes: 3 });
 * await writeAtomically('runs/tiny.onnx', await exportOnnx(model));
 * ```
 *
 * @module
 */
export type { OnnxOptions } from './onnx/exportOnnx.js';
export { exportOnnx } from './onnx/exportOnnx.js';
export type { CalibrationBatch, CalibrationData } from './onnx/quantized/calibrate.js';
export type { RangeMethod } from './onnx/quantized/chooseRange.js';
export type { QuantizedOnnx, QuantizedOnnxOptions, QuantizedTensor } from './onnx/quantized/exportQuantizedOnnx.js';
export { exportQuantizedOnnx } from './onnx/quantized/exportQuantizedOnnx.js';
export type { ActivationType } from './onnx/quantized/quanta.js';
export type { OnnxFileOptions, OnnxOpset } from './onnx/writeOnnx.js';
