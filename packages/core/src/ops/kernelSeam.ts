import * as tf from '@tensorflow/tfjs-core';

/** Named tensors that go into a kernel. */
export type KernelInputs = Readonly<Record<string, tf.Tensor>>;

/** Plain values that go into a kernel. */
export type KernelAttributes = Readonly<Record<string, number>>;

/** What a seam kernel computes when the engine brings none of its own: TF.js ops, run untaped, intermediates freed. */
export type ComposedKernel = (inputs: KernelInputs, attributes: KernelAttributes) => tf.Tensor[];

/**
 * Runs a kernel of this library on the active engine. An engine that has a fast one registered it under `name` with
 * `tf.registerKernel`; for any other engine the composition is registered the first time it is needed. So there is one
 * path for every engine, and it is TF.js' own kernel registry.
 *
 * @param name kernel name, not one of TF.js' own
 * @param composed the fallback
 * @param inputs input tensors
 * @param attributes plain values
 */
export function runSeamKernel(
  name: string,
  composed: ComposedKernel,
  inputs: KernelInputs,
  attributes: KernelAttributes = {},
): tf.Tensor[] {
  const backendName = tf.getBackend();
  if (tf.getKernel(name, backendName) === undefined) {
    tf.registerKernel({ kernelName: name, backendName, kernelFunc: composedKernelFunc(composed) });
  }
  const outputs = tf.engine().runKernel(name, inputs as tf.NamedTensorMap, attributes as Record<string, number>);
  return Array.isArray(outputs) ? (outputs as tf.Tensor[]) : [outputs as tf.Tensor];
}

/** Wraps a composition of TF.js ops as a kernel function: it runs in a tidy scope and nothing in it is taped. */
export function composedKernelFunc(composed: ComposedKernel): tf.KernelFunc {
  return ({ inputs, attrs }) =>
    tf.tidy(() => composed(inputs as unknown as KernelInputs, (attrs ?? {}) as unknown as KernelAttributes));
}
