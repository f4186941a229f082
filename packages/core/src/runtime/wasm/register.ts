import * as tf from '@tensorflow/tfjs-core';
import { BATCH_NORM_TRAIN, BATCH_NORM_TRAIN_GRAD } from '../../ops/batchNormTrain.js';
import { RELU_GRAD } from '../../ops/relu.js';
import { SPLIT_FLAT } from '../../training/flatVariables.js';
import { conv2DBackpropFilter, conv2DBackpropInput } from './convGradients.js';
import { depthwiseBackpropFilter, depthwiseBackpropInput } from './depthwiseGradients.js';
import { batchNormTrainBackward, batchNormTrainForward, reluGrad } from './elementwise.js';
import { WASM } from './heap.js';
import { identity } from './identity.js';
import { maxPoolGrad } from './maxPoolGrad.js';
import { slice, split } from './slice.js';
import { splitFlat } from './splitFlat.js';
import { unsortedSegmentSum } from './unsortedSegmentSum.js';

/** The kernels TF.js' WebAssembly engine lacks for training, or has only slowly. */
const kernels = (own: (kernelName: string) => tf.KernelFunc): Readonly<Record<string, unknown>> => ({
  [tf.Conv2DBackpropFilter]: conv2DBackpropFilter,
  [tf.Conv2DBackpropInput]: conv2DBackpropInput,
  [tf.DepthwiseConv2dNativeBackpropFilter]: depthwiseBackpropFilter,
  [tf.DepthwiseConv2dNativeBackpropInput]: depthwiseBackpropInput,
  [tf.Identity]: identity,
  [tf.MaxPoolGrad]: maxPoolGrad,
  [tf.Slice]: slice(own(tf.Slice)),
  [tf.SplitV]: split,
  [tf.UnsortedSegmentSum]: unsortedSegmentSum,
  [BATCH_NORM_TRAIN]: batchNormTrainForward,
  [BATCH_NORM_TRAIN_GRAD]: batchNormTrainBackward,
  [RELU_GRAD]: reluGrad,
  [SPLIT_FLAT]: splitFlat,
});

let registered = false;

/** Registers {@link kernels}, in place of what is there; calling it again changes nothing. */
export function registerWasmTrainingKernels(): void {
  if (registered) return;
  registered = true;
  for (const [kernelName, kernelFunc] of Object.entries(kernels((name) => tf.getKernel(name, WASM).kernelFunc))) {
    if (tf.getKernel(kernelName, WASM) !== undefined) tf.unregisterKernel(kernelName, WASM);
    tf.registerKernel({ kernelName, backendName: WASM, kernelFunc: kernelFunc as tf.KernelFunc });
  }
}
