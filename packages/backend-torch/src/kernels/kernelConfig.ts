import type { KernelConfig, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { TorchBackend } from '../backend/torchBackend.js';
import { onCpu } from './onCpu.js';
import { type ComposedKernel, type Inputs, type KernelRow, type NativeKernel, tensorInfo } from './table.js';

/** The row as TF.js registers it. */
export function kernelConfig(kernelRow: KernelRow, backendName: string, torch: TorchBackend): KernelConfig {
  return {
    kernelName: kernelRow.kernel,
    backendName,
    kernelFunc: 'run' in kernelRow ? composedFunction(kernelRow, torch) : nativeFunction(kernelRow, torch),
  };
}

function composedFunction(
  { kernel, run, everyType }: ComposedKernel,
  backend: TorchBackend,
): KernelConfig['kernelFunc'] {
  const cpu = onCpu(kernel);
  return ({ inputs, attrs }) => {
    const chosen = everyType || areNative(inputs as Inputs) ? run : cpu;
    return chosen({ inputs: inputs as Inputs, attributes: attrs ?? {}, backend });
  };
}

/** Whether all inputs are numbers, neither strings nor complex. */
function areNative(inputs: Inputs): boolean {
  for (const name in inputs) {
    const dtype = inputs[name]?.dtype;
    if (dtype === 'string' || dtype === 'complex64') return false;
  }
  return true;
}

function nativeFunction(
  { kernel, native = kernel, inputs: names, attributes: write, outputs }: NativeKernel,
  torch: TorchBackend,
): KernelConfig['kernelFunc'] {
  const opcode = torch.opcode(native);
  const cpu = onCpu(kernel);
  return ({ inputs, attrs }) => {
    let suitable = true;
    if (names === 'list') {
      const list = inputs as unknown as readonly TensorInfo[];
      torch.begin(opcode, list.length);
      for (const input of list) suitable = torch.input(input) && suitable;
    } else {
      torch.begin(opcode, names.length);
      for (const name of names) suitable = torch.input((inputs as NamedTensorInfoMap)[name]) && suitable;
    }
    if (!suitable) return cpu({ inputs: inputs as Inputs, attributes: attrs ?? {}, backend: torch });
    write?.(torch.writer, attrs ?? {}, inputs as Inputs);
    const results = torch.execute();
    return results.length === 1 && outputs !== 'list' ? tensorInfo(results[0]) : results.map(tensorInfo);
  };
}
