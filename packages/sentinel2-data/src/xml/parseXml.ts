import { LulcError } from '@lulc/core';

/** An element of an XML document. Names are without prefix. */
export interface XmlElement {
  /** Its name, without the prefix of a namespace. */
  readonly name: string;
  /** Its attributes by name, without prefix. */
  readonly attributes: Readonly<Record<string, string>>;
  /** The elements in it. */
  readonly children: readonly XmlElement[];
  /** The text directly in it, trimmed. */
  readonly text: string;
}

/** Deepest nesting, longest tag and most elements that are read: far more than metadata need. */
const limits = { depth: 64, tag: 8192, elements: 1_000_000 } as const;

interface Open {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
}

/**
 * Reads what metadata files of satellite products use of XML: elements, attributes, text, the five named entities. Declarations of
 * types, and with them entities of a document's own, are refused, so that nothing is looked up or grows; one pass, whatever the text.
 *
 * @param text the document
 * @returns its outermost element
 * @throws LulcError `corrupt-file`
 */
export function parseXml(text: string): XmlElement {
  const top: Open = { name: '', attributes: {}, children: [], text: '' };
  const open: Open[] = [top];
  let elements = 0;
  for (let at = 0; at < text.length; ) {
    const inside = open[open.length - 1];
    const next = text.indexOf('<', at);
    inside.text += plain(text.slice(at, next < 0 ? text.length : next));
    if (next < 0) break;
    const skipped = skippable(text, next);
    if (skipped !== undefined) {
      inside.text += skipped.text;
      at = skipped.end;
      continue;
    }
    const end = tagEnd(text, next + 1);
    const tag = text.slice(next + 1, end);
    if (tag.startsWith('!')) throw bad('declarations of its own');
    if (++elements > limits.elements) throw bad('too many elements');
    at = end + 1;
    if (tag.startsWith('/')) {
      if (open.length === 1 || localName(tag.slice(1).trim()) !== inside.name) throw bad('tags that do not match');
      open.pop();
      open[open.length - 1].children.push(closed(inside));
      continue;
    }
    const whole = tag.endsWith('/');
    const body = whole ? tag.slice(0, -1) : tag;
    const space = body.search(/\s/);
    const element: Open = {
      name: localName(space < 0 ? body : body.slice(0, space)),
      attributes: space < 0 ? {} : attributesOf(body.slice(space)),
      children: [],
      text: '',
    };
    if (whole) inside.children.push(closed(element));
    else if (open.push(element) > limits.depth) throw bad('nested too deeply');
  }
  if (open.length !== 1 || top.children.length !== 1) throw bad('tags that do not match');
  return top.children[0];
}

/** Every element of a name, at any depth, in the order of the document. */
export function elementsNamed(element: XmlElement, name: string): readonly XmlElement[] {
  const below = element.children.flatMap((child) => elementsNamed(child, name));
  return element.name === name ? [element, ...below] : below;
}

/** Text of the first element of a name; `undefined` where there is none. */
export function textOf(element: XmlElement, name: string): string | undefined {
  return elementsNamed(element, name)[0]?.text;
}

/** Comments, instructions and marked text; nothing for a tag. */
function skippable(text: string, at: number): { readonly end: number; readonly text: string } | undefined {
  for (const [start, stop] of [
    ['<!--', '-->'],
    ['<?', '?>'],
    ['<![CDATA[', ']]>'],
  ] as const) {
    if (!text.startsWith(start, at)) continue;
    const end = text.indexOf(stop, at + start.length);
    if (end < 0) throw bad('it ends too early');
    const marked = start === '<![CDATA[' ? text.slice(at + start.length, end) : '';
    return { end: end + stop.length, text: marked };
  }
  return undefined;
}

/** The end of a tag: its `>`, but for one in quotes. */
function tagEnd(text: string, start: number): number {
  let quote = '';
  for (let at = start; at < Math.min(text.length, start + limits.tag); at++) {
    const character = text[at];
    if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '>') return at;
    else if (character === '"' || character === "'") quote = character;
  }
  throw bad('a tag that does not end');
}

function attributesOf(text: string): Readonly<Record<string, string>> {
  const found = text.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g);
  return Object.fromEntries(Array.from(found, ([, name, a, b]) => [localName(name), plain(a ?? b)]));
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

const closed = ({ name, attributes, children, text }: Open): XmlElement => ({
  name,
  attributes,
  children,
  text: text.trim(),
});

const entities: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&amp;': '&',
};

const plain = (text: string): string => text.replace(/&(?:lt|gt|quot|apos|amp);/g, (entity) => entities[entity]);

const bad = (what: string): LulcError => new LulcError('corrupt-file', `no XML that can be read: ${what}`);
