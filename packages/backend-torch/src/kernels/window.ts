import type { backend_util } from '@tensorflow/tfjs-core';
import type { CommandWriter } from '../backend/commandWriter.js';

/** Writes where the windows of a convolution or pool over two axes lie. */
export function writeWindow2D(write: CommandWriter, info: backend_util.Conv2DInfo): void {
  pair(write, info.strideHeight, info.strideWidth);
  pair(write, info.dilationHeight, info.dilationWidth);
  pair(write, info.padInfo.top, info.padInfo.left);
  pair(write, info.outHeight, info.outWidth);
}

/** Writes where the windows of a convolution or pool over three axes lie. */
export function writeWindow3D(write: CommandWriter, info: backend_util.Conv3DInfo): void {
  triple(write, info.strideDepth, info.strideHeight, info.strideWidth);
  triple(write, info.dilationDepth, info.dilationHeight, info.dilationWidth);
  triple(write, info.padInfo.front, info.padInfo.top, info.padInfo.left);
  triple(write, info.outDepth, info.outHeight, info.outWidth);
}

function pair(write: CommandWriter, first: number, second: number): void {
  write.number(2);
  write.number(first);
  write.number(second);
}

function triple(write: CommandWriter, first: number, second: number, third: number): void {
  write.number(3);
  write.number(first);
  write.number(second);
  write.number(third);
}
