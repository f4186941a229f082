import { LulcError } from '@lulc/core';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type { TorchBackend } from '../backend/torchBackend.js';
import type { KernelContext } from './table.js';

/**
 * A kernel as TF.js' cpu backend computes it: for strings, ragged and sparse tensors and complex numbers, where a native
 * kernel would gain nothing. Inputs are copied over and outputs back. TF.js' own `cpu` backend of the program is not
 * touched: every call has an instance of its own, which is gone with all its intermediate tensors when the call returns.
 *
 * @param kernelName TF.js' name of the kernel
 * @returns the function of a composed kernel
 * @throws LulcError `invalid-argument`, when called, if the cpu backend has no such kernel
 */
export function onCpu(kernelName: string): (context: KernelContext) => tf.TensorInfo | tf.TensorInfo[] {
  return ({ inputs, attributes, backend }) => {
    const kernel = tf.getKernel(kernelName, 'cpu');
    if (kernel === undefined)
      throw new LulcError('invalid-argument', `${kernelName} is for numbers only, not for strings or complex numbers`, {
        hint: 'Cast the input, or take its real and imaginary parts.',
      });
    const cpu = cpuBackend();
    const outputs = kernel.kernelFunc({
      inputs: copiedInputs(inputs, backend, cpu),
      attrs: attributes as tf.NamedAttrMap,
      backend: cpu,
    });
    return Array.isArray(outputs)
      ? outputs.map((output) => fromCpu(output, cpu, backend))
      : fromCpu(outputs, cpu, backend);
  };
}

function cpuBackend(): MathBackendCPU {
  const cpu = new MathBackendCPU();
  // Or its first tensor prints an advertisement for another backend.
  (cpu as unknown as { firstUse: boolean }).firstUse = false;
  return cpu;
}

/** Inputs by name or in a list; ragged kernels have lists under names. */
function copiedInputs(
  inputs: KernelContext['inputs'],
  torch: TorchBackend,
  cpu: MathBackendCPU,
): tf.NamedTensorInfoMap {
  const copied = (Array.isArray(inputs) ? [] : {}) as tf.NamedTensorInfoMap;
  for (const [name, input] of Object.entries(inputs)) {
    if (Array.isArray(input)) copied[name] = copiedInputs(input as never, torch, cpu) as never;
    else if (input) copied[name] = toCpu(input, torch, cpu);
  }
  return copied;
}

function toCpu({ dataId, shape, dtype }: tf.TensorInfo, torch: TorchBackend, cpu: MathBackendCPU): tf.TensorInfo {
  const halves = torch.data(dataId).complexTensorInfos;
  if (halves === undefined) return cpu.makeTensorInfo(shape, dtype, torch.readSync(dataId));
  const copy = cpu.makeTensorInfo(shape, 'complex64');
  cpu.data.get(copy.dataId).complexTensorInfos = {
    real: toCpu({ ...halves.real, shape }, torch, cpu),
    imag: toCpu({ ...halves.imag, shape }, torch, cpu),
  };
  return copy;
}

function fromCpu({ dataId, shape, dtype }: tf.TensorInfo, cpu: MathBackendCPU, torch: TorchBackend): tf.TensorInfo {
  const { complexTensorInfos: halves } = cpu.data.get(dataId);
  if (halves === undefined) return torch.makeTensorInfo(shape, dtype, cpu.readSync(dataId));
  return torch.makeComplex(
    fromCpu({ ...halves.real, shape }, cpu, torch),
    fromCpu({ ...halves.imag, shape }, cpu, torch),
  );
}
