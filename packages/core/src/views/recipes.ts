import type { ViewRecipe } from './recipe.js';

/**
 * The whole image and nothing else, resized to a size.
 *
 * @param size `[height, width]` of the view
 */
export function identityRecipe(size: readonly [number, number]): ViewRecipe {
  return { size, steps: [] };
}

/**
 * Flips and quarter turns, each of the eight as often: what leaves overhead imagery as likely as before.
 *
 * @param size `[height, width]` of the view
 */
export function dihedralRecipe(size: readonly [number, number]): ViewRecipe {
  return { size, steps: [{ name: 'flip', vertical: 0 }, { name: 'rot90' }] };
}
