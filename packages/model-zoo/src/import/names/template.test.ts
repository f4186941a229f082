import { expect, it } from 'vitest';
import { renamer } from './template.js';

const rename = renamer([
  ['layer{s}.{b}.conv{i}', 'stage{s}/block{b+1}/conv{i}'],
  ['block{s}{b:a}_dwconv', 'stage{s}/block{b}/depthwise'],
  ['conv{s}_block{b}_0_bn', 'stage{s-1}/block{b}/skip/bn'],
  ['blocks.{b}.attn.qkv', 'layer{b+1}/attention/{query|key|value}'],
]);

it('counts numbers and letters, and shifts them', () => {
  expect(rename('layer3.10.conv2')).toEqual(['stage3/block11/conv2']);
  expect(rename('block4c_dwconv')).toEqual(['stage4/block3/depthwise']);
  expect(rename('conv5_block1_0_bn')).toEqual(['stage4/block1/skip/bn']);
});

it('divides one layer into several', () => {
  expect(rename('blocks.0.attn.qkv')).toEqual([
    'layer1/attention/query',
    'layer1/attention/key',
    'layer1/attention/value',
  ]);
});

it('leaves everything else alone', () => {
  expect(rename('xlayer3.1.conv2')).toBeUndefined();
  expect(rename('layer3-1-conv2')).toBeUndefined();
});
