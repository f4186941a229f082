import { PbfWriter } from 'pbf';

/** Parts of a file in order; large ones are never copied before the end. */
export type Chunks = readonly Uint8Array[];

/** Number of bytes of all parts. */
export function totalBytes(chunks: Chunks): number {
  return chunks.reduce((total, { byteLength }) => total + byteLength, 0);
}

/** The parts as one array. */
export function joined(chunks: Chunks): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(totalBytes(chunks));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

/** A field of a message: a whole number, a text, or the bytes of anything that has a length. */
export function field(tag: number, value: number | string | Uint8Array): Uint8Array {
  const writer = new PbfWriter();
  if (typeof value === 'number') writer.writeVarintField(tag, value);
  else if (typeof value === 'string') writer.writeStringField(tag, value);
  else writer.writeBytesField(tag, value);
  return writer.finish();
}

/** A 32-bit floating-point field. */
export function floatField(tag: number, value: number): Uint8Array {
  const writer = new PbfWriter();
  writer.writeFloatField(tag, value);
  return writer.finish();
}

/** A message within a message, or bytes too large to copy. */
export function nested(tag: number, chunks: Chunks): Chunks {
  const lengthDelimited = 2;
  const writer = new PbfWriter();
  writer.writeTag(tag, lengthDelimited);
  writer.writeVarint(totalBytes(chunks));
  return [writer.finish(), ...chunks];
}
