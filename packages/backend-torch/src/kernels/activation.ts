import { LulcError } from '@lulc/core';

/** Activations of the fused kernels, in the order of the native side's numbers. */
const activations = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu', 'swish', 'gelu'];

/**
 * The native side's number of an activation.
 *
 * @param name TF.js' name; none means linear
 * @throws LulcError `unknown-name` for another name
 */
export function activationCode(name: string | null | undefined): number {
  if (name === null || name === undefined) return 0;
  const code = activations.indexOf(name);
  if (code < 0)
    throw new LulcError('unknown-name', `no activation '${name}'`, { where: { known: activations.join(', ') } });
  return code;
}
