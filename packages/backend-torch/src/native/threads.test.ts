import { expect, it } from 'vitest';
import { physicalCores } from './threads.js';

const processor = (id: number, socket: number, core: number): string =>
  `processor\t: ${id}\nphysical id\t: ${socket}\ncore id\t\t: ${core}\n`;

it('counts a core once, however many threads it has', () => {
  const hyperThreaded = [processor(0, 0, 0), processor(1, 0, 1), processor(2, 0, 0), processor(3, 0, 1)].join('\n');
  expect(physicalCores(hyperThreaded, 4)).toBe(2);
  expect(physicalCores(hyperThreaded, 2)).toBe(1);
});

it('counts every processor of machines that tell nothing about cores', () => {
  expect(physicalCores('processor\t: 0\nBogoMIPS\t: 50\n\nprocessor\t: 1\n', 2)).toBe(2);
  expect(physicalCores(undefined, 8)).toBe(8);
});

it('tells sockets apart', () => {
  expect(physicalCores([processor(0, 0, 0), processor(1, 1, 0)].join('\n'), 2)).toBe(2);
});
