import { LulcError } from '@lulc/core';
import { SaxesParser } from 'saxes';

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

/** Deepest nesting and most elements that are read: far more than metadata need. */
const limits = { depth: 64, elements: 1_000_000 } as const;

interface Open {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
}

/**
 * Reads metadata files of satellite products. Declarations of types, and with them entities of a document's own, are refused, so
 * that nothing is looked up or grows.
 *
 * @param text the document
 * @returns its outermost element
 * @throws LulcError `corrupt-file`, with line and column
 */
export function parseXml(text: string): XmlElement {
  const parser = new SaxesParser();
  const bad = (what: string) => new LulcError('corrupt-file', `no XML that can be read: ${what}`);
  const here = (what: string) => bad(`${parser.line}:${parser.column}: ${what}`);
  const top: Open = { name: '', attributes: {}, children: [], text: '' };
  const open: Open[] = [top];
  let elements = 0;
  parser.on('error', ({ message }) => {
    throw bad(message);
  });
  parser.on('doctype', () => {
    throw here('declarations of its own');
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (++elements > limits.elements) throw here('too many elements');
    if (open.length > limits.depth) throw here('nested too deeply');
    const named = Object.entries(attributes).map(([key, value]) => [localName(key), value]);
    open.push({ name: localName(name), attributes: Object.fromEntries(named), children: [], text: '' });
  });
  parser.on('closetag', () => {
    const { text: inside, ...element } = open.pop() as Open;
    open[open.length - 1].children.push({ ...element, text: inside.trim() });
  });
  const addText = (part: string) => {
    open[open.length - 1].text += part;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.write(text).close();
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

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);
