import { unknownName } from '@lulc/core';

/**
 * What a depth stands for.
 *
 * @throws LulcError `unknown-name` for a depth that the family has not
 */
export function shapeOfDepth<Depth extends number, Shape>(depth: Depth, shapes: Readonly<Record<Depth, Shape>>): Shape {
  if (Object.hasOwn(shapes, depth)) return shapes[depth];
  throw unknownName('depth', String(depth), Object.keys(shapes), { option: 'depth' });
}
