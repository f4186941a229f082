import * as tf from '@tensorflow/tfjs-core';
import type { CommandWriter } from '../backend/commandWriter.js';
import { type KernelRow, row } from './table.js';

/** Kernels that read and write at indices which are tensors themselves. */
export const indexingKernels: readonly KernelRow[] = [
  row<tf.GatherV2Attrs>({
    kernel: 'GatherV2',
    inputs: ['x', 'indices'],
    attributes: (write, { axis, batchDims }, { x, indices }) => {
      const [gathered] = tf.util.parseAxisParam(axis, x.shape);
      const { batchSize, outerSize, dimSize, sliceSize, outputShape } =
        tf.backend_util.segment_util.collectGatherOpShapeInfo(
          x as tf.Tensor,
          indices as tf.Tensor,
          gathered,
          batchDims ?? 0,
        );
      write.number(batchSize);
      write.number(outerSize);
      write.number(dimSize);
      write.number(sliceSize);
      write.integers(outputShape);
    },
  }),
  row({
    kernel: 'GatherNd',
    inputs: ['params', 'indices'],
    attributes: (write, _, { params, indices }) => {
      const [shape, , sliceSize, strides] = tf.backend_util.prepareAndValidate(params, indices);
      writeRows(write, sliceSize, params.shape, strides);
      write.integers(shape);
    },
  }),
  row<tf.ScatterNdAttrs>({
    kernel: 'ScatterNd',
    inputs: ['indices', 'updates'],
    attributes: (write, { shape }, { indices, updates }) => {
      writeScatter(write, updates, indices, shape);
      write.integers(shape);
    },
  }),
  row<tf.TensorScatterUpdateAttrs>({
    kernel: 'TensorScatterUpdate',
    inputs: ['tensor', 'indices', 'updates'],
    attributes: (write, _, { tensor, indices, updates }) => writeScatter(write, updates, indices, tensor.shape),
  }),
  row<tf.SparseToDenseAttrs>({
    kernel: 'SparseToDense',
    inputs: ['sparseIndices', 'sparseValues', 'defaultValue'],
    attributes: (write, { outputShape }, { sparseIndices, sparseValues }) => {
      writeScatter(write, sparseValues, sparseIndices, outputShape);
      write.integers(outputShape);
    },
  }),
  row<tf.UnsortedSegmentSumAttrs>({
    kernel: 'UnsortedSegmentSum',
    inputs: ['x', 'segmentIds'],
    attributes: (write, { numSegments }) => write.number(numSegments),
  }),
];

/** Writes how indices address rows of `sliceSize` elements of a tensor, by one component for every stride. */
function writeRows(
  write: CommandWriter,
  sliceSize: number,
  shape: readonly number[],
  strides: readonly number[],
): void {
  write.number(sliceSize);
  write.number(tf.util.sizeFromShape(shape.slice(0, strides.length)));
  write.integers(strides);
}

function writeScatter(write: CommandWriter, updates: tf.TensorInfo, indices: tf.TensorInfo, shape: number[]): void {
  const { sliceRank, sliceSize, strides } = tf.backend_util.calculateShapes(updates, indices, shape);
  writeRows(write, sliceSize, shape, strides.slice(0, sliceRank));
}
