import * as tf from '@tensorflow/tfjs-core';
import { BATCH_NORM_TRAIN, BATCH_NORM_TRAIN_GRAD } from '../../ops/batchNormTrain.js';
import { RELU_GRAD } from '../../ops/relu.js';

/** The parts of tfjs-node's backend that are used here. */
export interface TensorflowBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: {
    readonly TF_Version: string;
    readonly TF_FLOAT: number;
    readonly TF_ATTR_TYPE: number;
    readonly TF_ATTR_FLOAT: number;
    readonly TF_ATTR_STRING: number;
    readonly TF_ATTR_BOOL: number;
  };
  executeSingleOutput(name: string, attributes: OpAttribute[], inputs: tf.TensorInfo[]): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: OpAttribute[],
    inputs: tf.TensorInfo[],
    outputs: number,
  ): tf.Tensor[];
}

interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: number | string | boolean;
}

type Kernel = (
  inputs: Record<string, tf.Tensor>,
  attributes: { epsilon: number },
  backend: TensorflowBackend,
) => tf.Tensor[];

/** Attributes of the two batch-norm operations of TensorFlow. */
function batchNormAttributes({ binding }: TensorflowBackend, epsilon: number): OpAttribute[] {
  return [
    { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    { name: 'U', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    { name: 'epsilon', type: binding.TF_ATTR_FLOAT, value: epsilon },
    { name: 'data_format', type: binding.TF_ATTR_STRING, value: 'NHWC' },
    { name: 'is_training', type: binding.TF_ATTR_BOOL, value: true },
  ];
}

/** TensorFlow normalises images; other ranks are images of one column. */
function asImages(x: tf.Tensor): tf.Tensor4D {
  const channels = x.shape[x.rank - 1];
  return x.rank === 4 ? (x as tf.Tensor4D) : tf.reshape(x, [-1, 1, 1, channels]);
}

const batchNormTrain: Kernel = ({ x, gamma, beta }, { epsilon }, backend) => {
  const images = asImages(x);
  const positions = images.size / Math.max(1, gamma.size);
  const none = tf.tensor1d([]);
  const factor = { name: 'exponential_avg_factor', type: backend.binding.TF_ATTR_FLOAT, value: 1 };
  const [y, mean, sampleVariance] = backend.executeMultipleOutputs(
    'FusedBatchNormV3',
    [...batchNormAttributes(backend, epsilon), factor],
    [images, gamma, beta, none, none],
    6,
  );
  // TensorFlow's second moment is the unbiased one, for its moving average.
  const variance = positions > 1 ? tf.mul(sampleVariance, (positions - 1) / positions) : sampleVariance;
  return [tf.reshape(y, x.shape), mean, variance];
};

const batchNormTrainGrad: Kernel = ({ dy, x, gamma, mean, variance }, { epsilon }, backend) => {
  // What the forward operation hands to its gradient besides the mean: the variance on CPUs, cuDNN's inverse deviation on GPUs.
  const reserve = backend.isUsingGpuDevice ? tf.rsqrt(tf.add(variance, epsilon)) : variance;
  const [dx, dgamma, dbeta] = backend.executeMultipleOutputs(
    'FusedBatchNormGradV3',
    batchNormAttributes(backend, epsilon),
    [asImages(dy), asImages(x), gamma, mean, reserve, tf.tensor1d([])],
    5,
  );
  return [tf.reshape(dx, x.shape), dgamma, dbeta];
};

const reluGrad: Kernel = ({ dy, y }, _attributes, backend) => [
  backend.executeSingleOutput(
    'ReluGrad',
    [{ name: 'T', type: backend.binding.TF_ATTR_TYPE, value: backend.binding.TF_FLOAT }],
    [dy, y],
  ),
];

const kernels: Readonly<Record<string, Kernel>> = {
  [BATCH_NORM_TRAIN]: batchNormTrain,
  [BATCH_NORM_TRAIN_GRAD]: batchNormTrainGrad,
  [RELU_GRAD]: reluGrad,
};

/** Registers TensorFlow's own fused operations where TF.js would compose them of many. */
export function registerTensorflowKernels(): void {
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    if (tf.getKernel(kernelName, 'tensorflow') !== undefined) continue;
    tf.registerKernel({
      kernelName,
      backendName: 'tensorflow',
      kernelFunc: ({ inputs, attrs, backend }) =>
        tf.tidy(() =>
          kernel(
            inputs as unknown as Record<string, tf.Tensor>,
            attrs as unknown as { epsilon: number },
            backend as unknown as TensorflowBackend,
          ),
        ),
    });
  }
}
