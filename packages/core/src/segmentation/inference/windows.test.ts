import { describe, expect, it } from 'vitest';
import { coverage, importanceProfile, windowStarts } from './windows.js';

describe('windowStarts', () => {
  it.each([
    // nnU-Net's: 110 pixels in tiles of 64.
    [110, 64, 0.5, 'even', [0, 23, 46]],
    [50, 64, 0.5, 'even', [0]],
    [100, 10, 0, 'even', [0, 10, 20, 30, 40, 50, 60, 70, 80, 90]],
    [11, 5, 0, 'even', [0, 3, 6]],
    // Halves go to the even neighbour.
    [15, 10, 0.5, 'even', [0, 5]],
    [69, 64, 0.95, 'even', [0, 2, 5]],
    // GLCNet's: steps of half a tile; an axis that fits has one window.
    [600, 256, 0.5, 'fixed', [0, 128, 256, 384]],
    [256, 256, 0.5, 'fixed', [0]],
    [257, 256, 0.5, 'fixed', [0, 128]],
  ] as const)('of %d pixels in tiles of %d, overlap %d, %s', (length, tile, overlap, placement, starts) => {
    expect(windowStarts(length, tile, overlap, placement)).toEqual(starts);
  });

  it('covers every pixel, overlaps at least as asked, and stays in the image where it can', () => {
    for (const tile of [1, 2, 7, 16]) {
      for (let length = 1; length < 60; length++) {
        for (const overlap of [0, 0.25, 0.5, 0.8]) {
          const starts = windowStarts(length, tile, overlap);
          starts.slice(1).forEach((start, i) => {
            // Rounding of two starts may take a pixel from the overlap, never a pixel from the cover.
            expect(start - starts[i]).toBeLessThanOrEqual(Math.min(tile, Math.ceil(tile * (1 - overlap))));
          });
          expect([starts[0], Math.max(starts[starts.length - 1] + tile, length)]).toEqual([0, Math.max(length, tile)]);
          expect(Math.min(...coverage(length, starts, importanceProfile(tile, 'uniform')))).toBeGreaterThan(0);
        }
      }
    }
  });

  it.each([
    [0, 4, 0.5, 'even'],
    [4, 1.5, 0.5, 'even'],
    [4, 4, 1, 'even'],
    [4, 4, 0.5, 'evenly'],
  ] as const)('refuses %j', (length, tile, overlap, placement) => {
    expect(() => windowStarts(length, tile, overlap, placement as 'even')).toThrow(/must be|Did you mean 'even'/);
  });
});

describe('importanceProfile', () => {
  it('is a Gaussian of an eighth of the tile around its middle, nowhere 0', () => {
    const profile = importanceProfile(16);
    expect([...profile.slice(0, 3), profile[8]]).toEqual([Math.exp(-8), Math.exp(-49 / 8), Math.exp(-36 / 8), 1]);
    for (let tile = 1; tile < 40; tile++) expect(Math.min(...importanceProfile(tile))).toBeGreaterThan(3e-4);
  });
});
