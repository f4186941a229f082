/**
 * The nearest whole number; of two equally near ones the even one, as Python and NumPy round. `Math.round` takes the upper.
 *
 * @param value any finite number
 * @example
 * ```ts
 * import { roundHalfToEven } from '@lulc/core';
 *
 * console.log([0.5, 1.5, 2.5, -0.5].map(roundHalfToEven)); // [ 0, 2, 2, 0 ]
 * ```
 */
export function roundHalfToEven(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  // Adding 0 keeps −0 away, which is not 0 to everybody.
  return (rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? low + 1 : low) + 0;
}
