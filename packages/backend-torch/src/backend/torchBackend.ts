import { LulcError } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import { type Addon, type NativeType, type NativeValues, nativeTypeNames, nativeTypes } from '../native/addon.js';
import type { DynamicAttribute } from './commandWriter.js';
import { CommandWriter } from './commandWriter.js';
import { nativeError } from './errors.js';
import { disposed, noHandle, TensorData } from './tensorData.js';

/** Sees every native call while a program is recorded. */
export interface Recorder {
  /** A kernel ran: its command, which of its attributes may change, and the handles that came out. */
  command(words: Float64Array, dynamics: readonly DynamicAttribute[], outputs: readonly TensorData[]): void;
  /** Values came from JavaScript. */
  uploaded(data: TensorData, values: NativeValues): void;
  /** A tensor is about to be freed; true: the recorder takes its native handle over. */
  released(data: TensorData): boolean;
  /** Something happened that cannot be replayed. */
  refuse(reason: string): void;
}

/** A data id as TF.js hands it around: ours, or another backend's for a tensor that was moved here. */
type DataId = object;

/**
 * The TF.js backend over libtorch. Kernels are tables of their own (`kernels/`); this class keeps the tensors: handles of
 * native ones, strings and complex pairs, reference counts as TF.js' own backends count them.
 */
export class TorchBackend extends tf.KernelBackend {
  /** Builds commands for the native side. */
  readonly writer: CommandWriter;
  /** Sees native calls while a program is recorded. */
  recorder: Recorder | undefined;
  private readonly opcodes: ReadonlyMap<string, number>;
  /** Tensors that came from another backend keep their data id. */
  private readonly moved = new WeakMap<DataId, TensorData>();
  private alive = 0;
  /** What each native handle belongs to. */
  private readonly byHandle: (TensorData | undefined)[] = [];

  /** @param addon the native side */
  constructor(readonly addon: Addon) {
    super();
    this.opcodes = new Map(addon.kernels.map((name, opcode) => [name, opcode]));
    this.writer = new CommandWriter((words) => addon.setBuffer(words));
    addon.setBuffer(this.writer.words);
  }

  // Calls

  /** The number of a native kernel. */
  opcode(name: string): number {
    const opcode = this.opcodes.get(name);
    if (opcode === undefined) throw new LulcError('unavailable', `the addon has no kernel '${name}'`);
    return opcode;
  }

  /** Starts a command: write `count` inputs next, then attributes. */
  begin(opcode: number, count: number): void {
    const { writer } = this;
    writer.begin();
    writer.number(opcode);
    writer.number(count);
  }

  /**
   * Writes an input of the command, or that it is left out.
   *
   * @returns whether it is on the native side: false for strings and complex numbers
   */
  input(info: tf.TensorInfo | undefined | null): boolean {
    const { writer } = this;
    if (info === undefined || info === null) {
      writer.number(-1);
      writer.number(-1);
      return true;
    }
    const data = this.data(info.dataId);
    if (data.handle < 0) return false;
    writer.number(data.handle);
    const { shape } = info;
    if (sameShape(shape, data.shape)) {
      writer.number(-1);
    } else {
      writer.integers(shape);
    }
    return true;
  }

  /** Runs the command that was written. */
  execute(): TensorData[] {
    const { writer, recorder } = this;
    const command = recorder && writer.words.slice(0, writer.length);
    try {
      this.addon.run(writer.length);
    } catch (error) {
      throw nativeError(error);
    }
    const outputs = this.outputs();
    if (recorder && command) recorder.command(command, [...writer.dynamics], outputs);
    return outputs;
  }

  /** Reads the outputs that the native side left in the buffer. */
  outputs(): TensorData[] {
    const { words } = this.writer;
    const count = words[0];
    const outputs: TensorData[] = new Array(count);
    let position = 1;
    for (let i = 0; i < count; i++) {
      const handle = words[position];
      const dtype = nativeTypeNames[words[position + 1]];
      const rank = words[position + 2];
      position += 3;
      const shape: number[] = new Array(rank);
      for (let axis = 0; axis < rank; axis++) shape[axis] = words[position++];
      outputs[i] = this.adopt(new TensorData(handle, shape, dtype));
    }
    return outputs;
  }

  private adopt(data: TensorData): TensorData {
    this.alive++;
    if (data.handle >= 0) this.byHandle[data.handle] = data;
    return data;
  }

  // Tensors

  /** What is kept for a data id. */
  data(dataId: DataId): TensorData {
    const data = this.find(dataId) ?? this.fetch(dataId);
    if (data === undefined)
      throw new LulcError('invalid-argument', 'a tensor was used after it was disposed', {
        hint: 'Use tf.keep, or return it from tf.tidy.',
      });
    return data;
  }

  /** What is kept for a data id, when it is here and alive. */
  private find(dataId: DataId): TensorData | undefined {
    if (dataId instanceof TensorData && dataId.handle !== disposed) return dataId;
    const moved = this.moved.get(dataId);
    return moved === undefined || moved.handle === disposed ? undefined : moved;
  }

  /** Moves a tensor of another backend here, as TF.js' own backends do when they meet one. */
  private fetch(dataId: DataId): TensorData | undefined {
    const engine = tf.engine();
    const known = engine.state.tensorInfo.get(dataId as tf.DataId);
    if (known === undefined || known.backend === this) return undefined;
    this.writer.aside(() => engine.moveData(this, dataId as tf.DataId));
    return this.find(dataId);
  }

  /** Whether a data id is a native tensor of this backend. */
  holds(dataId: DataId): boolean {
    return (this.find(dataId)?.handle ?? noHandle) >= 0;
  }

  /** A data id for a native handle that somebody else owns: not counted, never to be disposed. */
  lend(handle: number): TensorData {
    return this.byHandle[handle] ?? new TensorData(handle, [-1], 'float32');
  }

  /** What a native handle belongs to. */
  dataOf(handle: number): TensorData | undefined {
    return this.byHandle[handle];
  }

  /** A new tensor description for TF.js, with values when given. */
  makeTensorInfo(shape: number[], dtype: tf.DataType, values?: tf.BackendValues): tf.TensorInfo {
    return { dataId: this.write(values ?? null, shape, dtype), shape, dtype };
  }

  /** A complex tensor of two halves, which it takes over. */
  makeComplex(real: tf.TensorInfo, imag: tf.TensorInfo): tf.TensorInfo {
    const data = this.adopt(new TensorData(noHandle, real.shape, 'complex64'));
    data.complexTensorInfos = { real, imag };
    return { dataId: data, shape: real.shape, dtype: 'complex64' };
  }

  override write(values: tf.BackendValues | null, shape: number[], dtype: tf.DataType): tf.DataId {
    return this.create(values, shape, dtype);
  }

  override move(dataId: tf.DataId, values: tf.BackendValues, shape: number[], dtype: tf.DataType, refCount: number) {
    const data = this.create(values, shape, dtype);
    data.refCount = refCount;
    this.moved.set(dataId, data);
  }

  private create(values: tf.BackendValues | null, shape: readonly number[], dtype: tf.DataType): TensorData {
    if (dtype === 'string') {
      const data = this.adopt(new TensorData(noHandle, shape, dtype));
      data.strings = (values ?? []) as Uint8Array[];
      this.recorder?.refuse('it makes string tensors');
      return data;
    }
    if (dtype === 'complex64') throw new LulcError('invalid-argument', 'complex tensors are made by tf.complex');
    const typed = asTyped(values, shape, dtype);
    const { writer } = this;
    writer.begin();
    for (const size of shape) writer.number(size);
    let handle: number;
    try {
      handle = this.addon.upload(typed, nativeTypes[dtype as NativeType], writer.length);
    } catch (error) {
      throw nativeError(error, { dtype, shape: `[${shape}]` });
    }
    const data = this.adopt(new TensorData(handle, shape, dtype));
    this.recorder?.uploaded(data, typed);
    return data;
  }

  override readSync(dataId: tf.DataId): tf.BackendValues {
    const data = this.data(dataId);
    this.recorder?.refuse('it reads values (data, dataSync, print)');
    if (data.strings !== undefined) return data.strings;
    if (data.complexTensorInfos !== undefined) {
      const { real, imag } = data.complexTensorInfos;
      return tf.backend_util.mergeRealAndImagArrays(
        this.readSync(real.dataId) as Float32Array,
        this.readSync(imag.dataId) as Float32Array,
      );
    }
    try {
      return this.addon.read(data.handle);
    } catch (error) {
      throw nativeError(error);
    }
  }

  override async read(dataId: tf.DataId): Promise<tf.BackendValues> {
    const data = this.data(dataId);
    if (this.addon.device === 'cpu' || data.handle < 0) return this.readSync(dataId);
    this.recorder?.refuse('it reads values (data, dataSync, print)');
    return this.addon.readAsync(data.handle).catch((error: unknown) => {
      throw nativeError(error);
    });
  }

  override disposeData(dataId: tf.DataId, force = false): boolean {
    const data = this.find(dataId);
    if (data === undefined) return true;
    data.refCount--;
    if (!force && data.refCount > 0) return false;
    if (data.complexTensorInfos !== undefined) {
      this.disposeData(data.complexTensorInfos.real.dataId, true);
      this.disposeData(data.complexTensorInfos.imag.dataId, true);
    }
    if (data.handle >= 0) {
      this.byHandle[data.handle] = undefined;
      if (!this.recorder?.released(data)) this.addon.release(data.handle);
    }
    data.handle = disposed;
    data.strings = undefined;
    data.complexTensorInfos = undefined;
    this.alive--;
    return true;
  }

  override incRef(dataId: tf.DataId): void {
    this.data(dataId).refCount++;
  }

  /** Takes back an {@link incRef}. */
  decRef(dataId: tf.DataId): void {
    this.data(dataId).refCount--;
  }

  override refCount(dataId: tf.DataId): number {
    return this.find(dataId)?.refCount ?? 0;
  }

  override numDataIds(): number {
    return this.alive;
  }

  /** Frees a tensor that a kernel made only for itself. */
  disposeIntermediateTensorInfo(info: tf.TensorInfo): void {
    this.disposeData(info.dataId);
  }

  // Facts

  override memory(): { unreliable: boolean; reasons: string[] } & Record<string, number | boolean | string[]> {
    const { usedBytes, peakBytes, cachedBytes } = this.addon.statistics();
    return { unreliable: false, reasons: [], usedBytes, peakBytes, cachedBytes };
  }

  override timerAvailable(): boolean {
    return true;
  }

  override async time(body: () => void): Promise<tf.BackendTimingInfo> {
    const begin = performance.now();
    body();
    return { kernelMs: performance.now() - begin };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override dispose(): void {
    this.addon.trim();
  }
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** That a string or complex tensor came where only numbers will do. */
export function unsuitable({ dtype, shape }: tf.TensorInfo): LulcError {
  return new LulcError('invalid-argument', `a ${dtype} tensor of shape [${shape}] where numbers are needed`, {
    hint: 'Cast it, or take its real and imaginary parts.',
  });
}

/** Values in the array type of `dtype`; zeros when there are none. */
function asTyped(values: tf.BackendValues | null, shape: readonly number[], dtype: tf.DataType): NativeValues {
  const Type = dtype === 'float32' ? Float32Array : dtype === 'int32' ? Int32Array : Uint8Array;
  if (values === null || values === undefined) return new Type(tf.util.sizeFromShape(shape as number[]));
  if (values instanceof Type) return values;
  return Type.from(values as ArrayLike<number>);
}
