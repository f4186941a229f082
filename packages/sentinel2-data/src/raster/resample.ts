/** How an image is brought to another grid. */
export type ResampleMethod = 'bicubic' | 'bilinear' | 'nearest';
