import { LulcError, type LulcErrorWhere } from '@lulc/core';

/** Values of an attribute or dataset, as far as weight files have them. */
export interface H5Value {
  readonly shape: readonly number[];
  /** False for texts, whole numbers and everything else. */
  readonly isFloat: boolean;
  /** Numbers as float32, or texts. Other types are refused when read. */
  read(): Float32Array | string[];
}

/** A group or dataset. */
export interface H5Node {
  readonly attributes: ReadonlyMap<string, H5Value>;
  /** Members of a group; each can be opened once. */
  readonly children: ReadonlyMap<string, () => H5Node>;
  /** Set for a dataset. */
  readonly value: H5Value | undefined;
}

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const undefinedAddress = 2 ** 64 - 1;
const maximumRank = 32;
const maximumDepth = 64;
const maximumName = 4096;
/** How often a reader may look at the bytes of a file, all in all: honest files need little more than once. */
const looks = 8;

/** Numbers of the message types in object headers that matter here. */
const messageTypes = {
  dataspace: 1,
  datatype: 3,
  layout: 8,
  attribute: 12,
  continuation: 16,
  symbolTable: 17,
} as const;

/** True for bytes that begin like an HDF5 file. */
export function isH5(bytes: Uint8Array): boolean {
  return signature.every((byte, index) => bytes[index] === byte);
}

/**
 * Opens an HDF5 file of the kind that h5py, and so Keras, writes by default: superblock 0 or 1, groups with symbol tables,
 * contiguous or compact datasets of floats and texts
 * ([format](https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html), HDF5 File Format Specification).
 *
 * Safe on hostile files: every address and size is held against the file, each object is opened once, and the bytes
 * looked at are bounded by a small multiple of the file's size, so that no structure in it can make the reader run on.
 *
 * @throws LulcError `corrupt-file`, or `unsupported-file` for what newer or other HDF5 programs write
 */
export function openH5(bytes: Uint8Array, where: LulcErrorWhere): H5Node {
  if (!isH5(bytes)) throw corrupt('it does not begin like one', where);
  const file = new H5File(bytes, where);
  return file.open(file.rootAddress());
}

interface Message {
  readonly type: number;
  readonly data: Fields;
}

interface Datatype {
  readonly kind: 'float' | 'text' | 'heapText' | 'other';
  /** Bytes per value. */
  readonly size: number;
}

class H5File {
  private readonly bytes: Uint8Array;
  private readonly where: LulcErrorWhere;
  private budget: number;
  private readonly opened = new Set<number>();

  constructor(bytes: Uint8Array, where: LulcErrorWhere) {
    this.bytes = bytes;
    this.where = where;
    this.budget = looks * bytes.byteLength;
  }

  /** Bytes of the file, counted against the budget. */
  at(address: number, size: number): Fields {
    if (!(address >= 0 && size >= 0 && address + size <= this.bytes.byteLength)) {
      throw corrupt('something lies beyond its end', this.where);
    }
    this.budget -= size + 1;
    if (this.budget < 0) throw corrupt('its parts refer to each other without end', this.where);
    return new Fields(this.bytes.subarray(address, address + size), this.where);
  }

  rootAddress(): number {
    const block = this.at(8, 8);
    const version = block.number(1);
    if (version > 1) throw unsupported(`superblock version ${version}`, this.where);
    block.skip(4);
    const [offsets, lengths] = [block.number(1), block.number(1)];
    if (offsets !== 8 || lengths !== 8) throw unsupported(`addresses of ${offsets} and ${lengths} bytes`, this.where);
    const addresses = this.at(version === 0 ? 24 : 28, 48);
    if (addresses.number(8) !== 0) throw unsupported('a base address', this.where);
    addresses.skip(32);
    return addresses.number(8);
  }

  /** Reads the object whose header is at an address. */
  open(address: number, depth = 0): H5Node {
    if (this.opened.has(address)) throw corrupt('an object occurs twice', this.where);
    if (depth > maximumDepth) throw corrupt(`groups are more than ${maximumDepth} deep`, this.where);
    this.opened.add(address);
    const messages = this.messages(address);
    const attributes = new Map<string, H5Value>();
    const children = new Map<string, () => H5Node>();
    let shape: number[] | undefined;
    let type: Datatype | undefined;
    let data: Fields | undefined;
    for (const { type: kind, data: fields } of messages) {
      if (kind === messageTypes.dataspace) shape = readShape(fields);
      else if (kind === messageTypes.datatype) type = readDatatype(fields);
      else if (kind === messageTypes.layout) data = this.layout(fields);
      else if (kind === messageTypes.attribute) attributes.set(...this.attribute(fields));
      else if (kind === messageTypes.symbolTable) {
        for (const [name, header] of this.links(fields)) children.set(name, () => this.open(header, depth + 1));
      }
    }
    const isDataset = shape !== undefined && type !== undefined && data !== undefined;
    return { attributes, children, value: isDataset ? this.value(shape!, type!, data!) : undefined };
  }

  private messages(address: number): Message[] {
    const prefix = this.at(address, 16);
    const version = prefix.number(1);
    if (version !== 1) throw unsupported(`object header version ${version}`, this.where);
    prefix.skip(7);
    const blocks = [this.at(address + 16, prefix.number(4))];
    const messages: Message[] = [];
    for (let block = blocks.pop(); block !== undefined; block = blocks.pop()) {
      while (block.left >= 8) {
        const type = block.number(2);
        const size = block.number(2);
        const flags = block.number(1);
        block.skip(3);
        const data = block.part(size);
        if (flags & 2) throw unsupported('shared messages', this.where);
        if (type === messageTypes.continuation) blocks.push(this.at(data.number(8), data.number(8)));
        else messages.push({ type, data });
      }
    }
    return messages;
  }

  /** Members of a group with a symbol table: a B-tree of nodes with names in a heap. */
  private links(message: Fields): [string, number][] {
    const tree = message.number(8);
    const heap = this.at(message.number(8), 32);
    heap.expect('HEAP');
    heap.skip(4);
    const size = heap.number(8);
    heap.skip(8);
    const names = this.at(heap.number(8), size);
    const links: [string, number][] = [];
    const pending = [tree];
    for (let address = pending.pop(); address !== undefined; address = pending.pop()) {
      const isTree = this.at(address, 4).text(4) === 'TREE';
      if (isTree) {
        const node = this.at(address, 24);
        node.skip(6);
        const count = node.number(2);
        const entries = this.at(address + 24, 16 * count);
        for (let i = 0; i < count; i++) {
          entries.skip(8);
          pending.push(entries.number(8));
        }
      } else {
        const node = this.at(address, 8);
        node.expect('SNOD');
        node.skip(2);
        const count = node.number(2);
        const entries = this.at(address + 8, 40 * count);
        for (let i = 0; i < count; i++) {
          const name = names.textAt(entries.number(8));
          const header = entries.number(8);
          const isSoftLink = entries.number(4) === 2;
          entries.skip(20);
          if (!isSoftLink) links.push([name, header]);
        }
      }
    }
    return links;
  }

  private layout(fields: Fields): Fields {
    const version = fields.number(1);
    const kind = fields.number(1);
    if (version !== 3 || kind > 1) throw unsupported('compressed or chunked datasets', this.where);
    if (kind === 0) return fields.part(fields.number(2));
    const address = fields.number(8);
    const size = fields.number(8);
    return address >= undefinedAddress ? this.at(0, 0) : this.at(address, size);
  }

  private attribute(fields: Fields): [string, H5Value] {
    const version = fields.number(1);
    if (version < 1 || version > 3) throw unsupported(`attribute version ${version}`, this.where);
    fields.skip(1);
    const sizes = [fields.number(2), fields.number(2), fields.number(2)];
    if (version === 3) fields.skip(1);
    const [name, type, space] = sizes.map((size) => fields.part(version === 1 ? Math.ceil(size / 8) * 8 : size));
    return [name.textAt(0), this.value(readShape(space), readDatatype(type), fields.part(fields.left))];
  }

  private value(shape: number[], type: Datatype, data: Fields): H5Value {
    return {
      shape,
      isFloat: type.kind === 'float',
      read: () => {
        const values = data.copy();
        const count = shape.reduce((size, side) => size * side, 1);
        if (type.kind === 'other') throw unsupported('values that are neither floats nor texts', this.where);
        if (type.size === 0 || count * type.size > values.left)
          throw corrupt(`[${shape}] values in ${values.left} bytes`, this.where);
        if (type.kind === 'float') return values.part(count * type.size).floats(type.size);
        return Array.from({ length: count }, () => {
          const element = values.part(type.size);
          return type.kind === 'text' ? element.text(type.size) : this.heapText(element);
        });
      },
    };
  }

  /** A text that is kept in a global heap, with others. */
  private heapText(reference: Fields): string {
    const length = reference.number(4);
    const address = reference.number(8);
    const wanted = reference.number(4);
    if (length === 0) return '';
    const header = this.at(address, 16);
    header.expect('GCOL');
    header.skip(4);
    const objects = this.at(address + 16, header.number(8) - 16);
    while (objects.left >= 16) {
      const index = objects.number(2);
      objects.skip(6);
      const size = objects.number(8);
      if (index === 0) break;
      const content = objects.part(size);
      if (index === wanted) return content.text(length);
      objects.skip(Math.min(objects.left, (8 - (size % 8)) % 8));
    }
    throw corrupt('a text is missing', this.where);
  }
}

function readShape(fields: Fields): number[] {
  const version = fields.number(1);
  const rank = fields.number(1);
  if (rank > maximumRank) throw corrupt(`${rank} axes`, fields.where);
  fields.skip(version === 1 ? 6 : 2);
  return Array.from({ length: rank }, () => fields.number(8));
}

/** Precision, exponent bits and mantissa bits of the IEEE types. */
const ieee = ['32,8,23', '64,11,52'];

function readDatatype(fields: Fields): Datatype {
  const kind = fields.number(1) & 15;
  const order = fields.number(1);
  fields.skip(2);
  const size = fields.number(4);
  if (kind === 3) return { kind: 'text', size };
  if (kind === 9) return { kind: (order & 15) === 1 && size === 16 ? 'heapText' : 'other', size };
  if (kind !== 1 || fields.left < 12) return { kind: 'other', size };
  fields.skip(2);
  const precision = fields.number(2);
  fields.skip(1);
  const exponent = fields.number(1);
  fields.skip(1);
  const known = ieee.includes(`${precision},${exponent},${fields.number(1)}`) && (order & 0x41) === 0;
  return { kind: known && precision === 8 * size ? 'float' : 'other', size };
}

/** Reads forward through a part of the file without ever leaving it. */
class Fields {
  readonly where: LulcErrorWhere;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private position = 0;

  constructor(bytes: Uint8Array, where: LulcErrorWhere) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.where = where;
  }

  /** The same bytes, read from the start. */
  copy(): Fields {
    return new Fields(this.bytes, this.where);
  }

  get left(): number {
    return this.bytes.byteLength - this.position;
  }

  /** An unsigned little-endian number. */
  number(size: 1 | 2 | 4 | 8): number {
    const at = this.advance(size);
    if (size === 1) return this.bytes[at];
    if (size === 2) return this.view.getUint16(at, true);
    if (size === 4) return this.view.getUint32(at, true);
    return Number(this.view.getBigUint64(at, true));
  }

  skip(size: number): void {
    this.advance(size);
  }

  part(size: number): Fields {
    const at = this.advance(size);
    return new Fields(this.bytes.subarray(at, at + size), this.where);
  }

  /** Text of at most `size` bytes, up to the first zero. */
  text(size: number): string {
    const at = this.advance(size);
    return decodeText(this.bytes.subarray(at, at + size), this.where);
  }

  /** Text up to the first zero, at a position of its own. */
  textAt(position: number): string {
    if (position >= this.bytes.byteLength) throw corrupt('a name lies beyond its heap', this.where);
    return decodeText(this.bytes.subarray(position, position + maximumName), this.where);
  }

  expect(mark: string): void {
    if (this.text(mark.length) !== mark) throw corrupt(`'${mark}' is missing`, this.where);
  }

  /** All that is left, as float32. */
  floats(size: number): Float32Array {
    const count = this.left / size;
    return Float32Array.from({ length: count }, (_, i) =>
      size === 4 ? this.view.getFloat32(4 * i, true) : this.view.getFloat64(8 * i, true),
    );
  }

  private advance(size: number): number {
    if (!(size <= this.left)) throw corrupt('something lies beyond its part', this.where);
    this.position += size;
    return this.position - size;
  }
}

function decodeText(bytes: Uint8Array, where: LulcErrorWhere): string {
  const end = bytes.indexOf(0);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(end < 0 ? bytes : bytes.subarray(0, end));
  } catch {
    throw corrupt('a name is not UTF-8', where);
  }
}

function corrupt(message: string, where: LulcErrorWhere): LulcError {
  return new LulcError('corrupt-file', `not a whole HDF5 file: ${message}`, { where });
}

function unsupported(what: string, where: LulcErrorWhere): LulcError {
  return new LulcError('unsupported-file', `the HDF5 file has ${what}`, {
    where,
    hint: "Write it anew with Keras: model.save_weights('name.weights.h5').",
  });
}
