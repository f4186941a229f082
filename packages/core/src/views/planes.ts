/** An image as one plane per band. */
export interface Planes {
  /** `bands · height · width` values, one band after the other. */
  readonly data: Float32Array;
  readonly bands: number;
  readonly height: number;
  readonly width: number;
}

/** The values of one band; a view on the same memory. */
export function planeOf({ data, height, width }: Planes, band: number): Float32Array {
  return data.subarray(band * height * width, (band + 1) * height * width);
}
