import { knownOption } from '../../errors/optionChecks.js';
import type { TilePredictor } from './types.js';

/** `'horizontal'`: left and right are exchanged; `'vertical'`: top and bottom. */
export type MirrorAxis = 'horizontal' | 'vertical';

/**
 * Averages what a network gives for tiles as they are and mirrored, turned back, over all combinations of axes.
 *
 * @param predict the network
 * @param axes along which to mirror; none gives the network itself
 * @throws LulcError `unknown-name` for an unknown axis
 */
export function withMirrors(predict: TilePredictor, axes: readonly MirrorAxis[]): TilePredictor {
  const [first, ...rest] = axes.map((axis) => knownOption<MirrorAxis>('mirror', axis, ['horizontal', 'vertical']));
  if (first === undefined) return predict;
  const inner = withMirrors(predict, rest);
  return async (tiles, shape) => {
    const values = Float32Array.from(await inner(tiles, shape));
    const turned = await inner(mirrored(tiles, shape, first), shape);
    const [n, height, width] = shape;
    const back = mirrored(turned, [n, height, width, turned.length / (n * height * width)], first);
    for (let i = 0; i < values.length; i++) values[i] = (values[i] + back[i]) / 2;
    return values;
  };
}

function mirrored(
  values: Float32Array,
  [n, height, width, channels]: readonly [number, number, number, number],
  axis: MirrorAxis,
): Float32Array {
  const turned = new Float32Array(values.length);
  // Vertical: whole lines change places in a tile; horizontal: pixels in a line.
  const [groups, count, size] = axis === 'vertical' ? [n, height, width * channels] : [n * height, width, channels];
  for (let group = 0; group < groups; group++) {
    for (let i = 0; i < count; i++) {
      const from = (group * count + i) * size;
      const to = (group * count + count - 1 - i) * size;
      for (let k = 0; k < size; k++) turned[to + k] = values[from + k];
    }
  }
  return turned;
}
