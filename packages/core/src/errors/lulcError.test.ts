import { describe, expect, it } from 'vitest';
import { isLulcError, LulcError, nearestName, unknownName } from './lulcError.js';

describe('LulcError', () => {
  it('says what, where and what to do', () => {
    const error = new LulcError('corrupt-file', 'the TIFF ends early', {
      where: { file: 'a.tif' },
      hint: 'Download it again.',
    });
    expect(error.message).toBe('the TIFF ends early (file: a.tif). Download it again.');
    expect(error.where.file).toBe('a.tif');
  });
  it('is recognised across copies of the package by its mark, not its class', () => {
    const foreign = Object.assign(new Error('x'), { code: 'nodata', where: {}, [Symbol.for('@lulc/error')]: true });
    expect(isLulcError(foreign)).toBe(true);
    expect(isLulcError(foreign, 'nodata')).toBe(true);
    expect(isLulcError(foreign, 'network')).toBe(false);
    expect(isLulcError(new Error('plain'))).toBe(false);
    expect(isLulcError(null)).toBe(false);
  });
});

describe('nearestName', () => {
  it('finds a near miss and stays silent for a far one', () => {
    expect(nearestName('B1O', ['B0', 'B1', 'C7'])).toBe('B1');
    expect(nearestName('wideresnet', ['WideResNet', 'VGG16'])).toBe('WideResNet');
    expect(nearestName('zzzzzz', ['WideResNet', 'VGG16'])).toBeUndefined();
  });
});

describe('unknownName', () => {
  it('names the nearest and what there is', () => {
    const error = unknownName('preset', 'B9', ['B0', 'B1'], { option: 'preset' });
    expect(error).toMatchObject({ code: 'unknown-name', where: { option: 'preset' } });
    expect(error.hint).toBe("Did you mean 'B0'? Known: B0, B1.");
    expect(unknownName('preset', 'zzzzzz', ['B0', 'B1']).hint).toBe('Known: B0, B1.');
  });
  it('lists no long catalogues', () => {
    const layers = Array.from({ length: 100 }, (_, i) => `layer-number-${i}`);
    expect(unknownName('layer', 'head', layers).hint).toBeUndefined();
  });
});
