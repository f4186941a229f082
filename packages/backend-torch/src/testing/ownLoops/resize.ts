import { type LoopCase, type LoopCases, noise } from './case.js';

type Size = readonly [height: number, width: number];

/** A resize of images to a size. */
interface Resize {
  readonly x: readonly [batch: number, height: number, width: number, channels: number];
  readonly to: Size;
  readonly alignCorners: boolean;
}

/** Between which two elements each result of an axis lies, and how near to the second. */
function sourcesOf(from: number, to: number, alignCorners: boolean): [low: number, high: number, share: number][] {
  return Array.from({ length: to }, (_, i) => {
    const at = alignCorners ? (to > 1 ? (i * (from - 1)) / (to - 1) : 0) : ((i + 0.5) * from) / to - 0.5;
    const inside = Math.min(Math.max(at, 0), from - 1);
    const low = Math.floor(inside);
    return [low, Math.min(low + 1, from - 1), inside - low];
  });
}

/** Calls `visit` with every pixel of the result, those of the image that it is made of, and their shares. */
function eachShare(
  { x: [batch, height, width], to, alignCorners }: Resize,
  visit: (result: number, image: number, share: number) => void,
): void {
  const rows = sourcesOf(height, to[0], alignCorners);
  const columns = sourcesOf(width, to[1], alignCorners);
  for (let sample = 0; sample < batch; sample++)
    rows.forEach(([top, bottom, down], r) => {
      columns.forEach(([left, right, across], c) => {
        const result = (sample * to[0] + r) * to[1] + c;
        const pixel = (row: number, column: number) => (sample * height + row) * width + column;
        visit(result, pixel(top, left), (1 - down) * (1 - across));
        visit(result, pixel(top, right), (1 - down) * across);
        visit(result, pixel(bottom, left), down * (1 - across));
        visit(result, pixel(bottom, right), down * across);
      });
    });
}

function forward(resize: Resize): LoopCase {
  const { x: shape, to, alignCorners } = resize;
  const [batch, , , channels] = shape;
  const x = noise(shape, 1);
  const values = new Float64Array(batch * to[0] * to[1] * channels);
  eachShare(resize, (result, image, share) => {
    for (let c = 0; c < channels; c++) values[result * channels + c] += share * x.values[image * channels + c];
  });
  return {
    kernel: 'ResizeBilinear',
    inputs: [x],
    attributes: [Number(alignCorners), Number(!alignCorners), ...to],
    wanted: [{ shape: [batch, ...to, channels], values }],
  };
}

function gradient(resize: Resize): LoopCase {
  const { x: shape, to, alignCorners } = resize;
  const [batch, height, width, channels] = shape;
  const dy = noise([batch, ...to, channels], 5);
  const values = new Float64Array(batch * height * width * channels);
  eachShare(resize, (result, image, share) => {
    for (let c = 0; c < channels; c++) values[image * channels + c] += share * dy.values[result * channels + c];
  });
  return {
    kernel: 'ResizeBilinearGrad',
    inputs: [dy, noise(shape, 1)],
    attributes: [Number(alignCorners), Number(!alignCorners)],
    wanted: [{ shape, values }],
  };
}

/** Larger and smaller, one pixel, no pixels; channels that fill strips of vectors, some, one, and none. */
const resizes: readonly Omit<Resize, 'alignCorners'>[] = [
  { x: [2, 7, 5, 64], to: [28, 20] },
  { x: [1, 14, 14, 150], to: [33, 29] },
  { x: [3, 9, 8, 17], to: [9, 8] },
  { x: [2, 20, 31, 70], to: [7, 9] },
  { x: [1, 1, 1, 40], to: [5, 6] },
  { x: [2, 6, 1, 3], to: [1, 4] },
  { x: [1, 60, 60, 6], to: [61, 240] },
  { x: [0, 4, 4, 8], to: [8, 8] },
];

/** Bilinear resizes and their gradients, with aligned corners and with half-pixel centres. */
export const resizeCases: LoopCases = Object.fromEntries(
  [true, false].flatMap((alignCorners) =>
    resizes.flatMap((resize) => {
      const title = `[${resize.x}] to [${resize.to}]${alignCorners ? ', corners aligned' : ''}`;
      return [
        [`bilinear resize ${title}`, () => forward({ ...resize, alignCorners })],
        [`gradient of bilinear resize ${title}`, () => gradient({ ...resize, alignCorners })],
      ] as const;
    }),
  ),
);
