/** Conversion between float32 and the two 16-bit floating-point types; rounding is to nearest, ties to even. */

const floatView = new Float32Array(1);
const bitsView = new Uint32Array(floatView.buffer);

function bitsOf(value: number): number {
  floatView[0] = value;
  return bitsView[0];
}

function fromBits(bits: number): number {
  bitsView[0] = bits;
  return floatView[0];
}

/** IEEE 754 binary16 (1 sign, 5 exponent, 10 fraction bits) to a number. */
export function fromFloat16(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** A number to IEEE 754 binary16; beyond ±65 504 it becomes infinite. */
export function toFloat16(value: number): number {
  const bits = bitsOf(value);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) return sign | nearestEven(fromBits(magnitude) * 2 ** 24);
  return sign | (((magnitude + 0xfff + ((magnitude >>> 13) & 1)) >>> 13) - (112 << 10));
}

/** bfloat16 (the upper half of a float32) to a number. */
export function fromBfloat16(half: number): number {
  return fromBits(half << 16);
}

/** A number to bfloat16. */
export function toBfloat16(value: number): number {
  const bits = bitsOf(value);
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

function nearestEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
