import { describe, expect, it } from 'vitest';
import { elementsNamed, parseXml, textOf } from './parseXml.js';

describe('parseXml', () => {
  it('reads elements, attributes and text, whatever their prefixes', () => {
    const root = parseXml(
      `<?xml version="1.0" encoding="UTF-8"?>
      <!-- <not>this</not> -->
      <n1:Product xmlns:n1="https://somewhere" n1:kind='a > b'>
        <Size resolution="10"><NROWS>10980</NROWS></Size>
        <Size resolution="20"><NROWS> 5490 </NROWS><Empty/></Size>
        <Note>1 &lt; 2 &amp;lt; <![CDATA[<raw> &amp;]]></Note>
      </n1:Product>`,
    );
    expect(root).toMatchObject({ name: 'Product', attributes: { kind: 'a > b' } });
    expect(elementsNamed(root, 'Size').map(({ attributes }) => attributes)).toEqual([
      { resolution: '10' },
      { resolution: '20' },
    ]);
    expect(elementsNamed(root, 'NROWS').map(({ text }) => text)).toEqual(['10980', '5490']);
    expect([textOf(root, 'Note'), textOf(root, 'Empty'), textOf(root, 'Missing')]).toEqual([
      '1 < 2 &lt; <raw> &amp;',
      '',
      undefined,
    ]);
  });

  it.each([
    ['nothing', ''],
    ['no element', 'text'],
    ['crossed tags', '<a><b></a></b>'],
    ['an open tag', '<a>'],
    ['a closing tag alone', '</a>'],
    ['two outermost elements', '<a/><b/>'],
    ['half a tag', '<a'],
    ['an open comment', '<a><!-- x</a>'],
    ['an unknown entity', '<a>&b;</a>'],
    ['entities of its own', '<!DOCTYPE a [<!ENTITY b "c">]><a/>'],
    ['deep nesting', `<a>${'<b>'.repeat(100)}${'</b>'.repeat(100)}</a>`],
    ['many open comments', '<!--'.repeat(300_000)],
    ['many open tags', '<'.repeat(1_000_000)],
  ])('refuses %s', (_what, text) => {
    expect(() => parseXml(text)).toThrowError(expect.objectContaining({ code: 'corrupt-file' }));
  });
});
