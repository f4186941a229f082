import { describe, expect, it } from 'vitest';
import { epochOrder, shardLength } from './epochOrder.js';

describe('the order of an epoch', () => {
  it('holds every sample once, in a new order each epoch', () => {
    const orders = [0, 1, 2].map((epoch) => epochOrder(50, { shuffle: true, seed: 3 }, epoch));
    for (const order of orders)
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(new Set(orders.map((order) => order.join())).size).toBe(3);
    expect(epochOrder(50, { shuffle: true, seed: 3 }, 1)).toEqual(orders[1]);
    expect(epochOrder(50, { shuffle: true, seed: 4 }, 1)).not.toEqual(orders[1]);
  });

  it('is that of the files when not shuffled', () => {
    expect([...epochOrder(4, {}, 9)]).toEqual([0, 1, 2, 3]);
  });

  it('shards without overlap and without loss, evenly when training', () => {
    for (const world of [2, 3, 4]) {
      const ranks = Array.from({ length: world }, (_, rank) => rank);
      const training = ranks.map((rank) => epochOrder(50, { shuffle: true, shard: { rank, world } }, 1));
      expect(new Set(training.map((order) => order.length))).toEqual(new Set([Math.ceil(50 / world)]));
      expect(new Set(training.flatMap((order) => [...order])).size).toBe(50);
      const exact = ranks.map((rank) => epochOrder(50, { shard: { rank, world } }, 1));
      expect(exact.flatMap((order) => [...order]).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 50 }, (_, i) => i),
      );
      ranks.forEach((rank) => {
        expect(shardLength(50, { rank, world }, false)).toBe(exact[rank].length);
      });
    }
  });

  it('gives ranks beyond the last sample nothing, or a repeated one when training', () => {
    expect(epochOrder(1, { shard: { rank: 1, world: 3 } }, 0)).toHaveLength(0);
    expect([...epochOrder(1, { shuffle: true, shard: { rank: 2, world: 3 } }, 0)]).toEqual([0]);
  });
});
