/**
 * A folder in memory that can crash, for tests of what must survive a power failure. It fits the port `JournalFiles` of
 * `@fairlead/journal` by its shape.
 *
 * What was not flushed is lost in part: each sector of a write, the growth of a file, each entry of the folder for itself, in
 * any order. A flush that fails leaves the bytes readable, but they count as flushed without being on disk, as on Linux.
 */
const SECTOR = 512;

/** 0 (included) to 1 (excluded). */
type Random = () => number;

interface Piece {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** What a file contains, and what of it is on disk. */
class Content {
  /** As programs see it. */
  seen: Uint8Array = new Uint8Array(0);
  durable: Uint8Array = new Uint8Array(0);
  /** Not flushed, in sectors. Truncations are pieces of their own. */
  pending: (Piece | { readonly size: number })[] = [];

  write(bytes: Uint8Array, at: number): void {
    this.seen = patched(this.seen, { at, bytes });
    for (let from = 0; from < bytes.length; ) {
      const size = Math.min(bytes.length - from, SECTOR - ((at + from) % SECTOR));
      this.pending.push({ at: at + from, bytes: bytes.slice(from, from + size) });
      from += size;
    }
  }

  truncate(size: number): void {
    this.seen = resized(this.seen, size);
    this.pending.push({ size });
  }

  sync(): void {
    this.durable = this.seen.slice();
    this.pending = [];
  }

  /** The pages count as clean, whether they reached the disk or not. */
  failedSync(random: Random): void {
    this.durable = this.survivors(random);
    this.pending = [];
  }

  survivors(random: Random): Uint8Array {
    const kept = random() < 0.2 ? this.pending : this.pending.filter(() => random() < 0.5);
    return kept.reduce(
      (bytes, piece) => ('size' in piece ? resized(bytes, piece.size) : patched(bytes, piece)),
      this.durable,
    );
  }
}

function resized(bytes: Uint8Array, size: number): Uint8Array {
  const result = new Uint8Array(size);
  result.set(bytes.subarray(0, size));
  return result;
}

function patched(bytes: Uint8Array, { at, bytes: patch }: Piece): Uint8Array {
  const result = resized(bytes, Math.max(bytes.length, at + patch.length));
  result.set(patch, at);
  return result;
}

/** What is asked of the folder, for tests that let it fail. */
export type FolderCall =
  | 'list'
  | 'create'
  | 'open'
  | 'remove'
  | 'syncFolder'
  | 'write'
  | 'sync'
  | 'read'
  | 'truncate';

export class ModelFolder {
  /** Called before each call: an error lets the call fail, `crash` ends the machine. */
  before: ((call: FolderCall, name: string) => Error | 'crash' | undefined) | undefined;
  readonly #random: Random;
  readonly #seen = new Map<string, Content>();
  readonly #durable = new Map<string, Content>();
  readonly #entries: { readonly name: string; readonly content: Content | undefined }[] = [];
  #crashed = false;

  constructor(random: Random, files: ReadonlyMap<string, Uint8Array> = new Map()) {
    this.#random = random;
    for (const [name, bytes] of files) {
      const content = new Content();
      content.seen = content.durable = bytes;
      this.#seen.set(name, content);
      this.#durable.set(name, content);
    }
  }

  get crashed(): boolean {
    return this.#crashed;
  }

  /** The files as programs see them. */
  files(): Map<string, Uint8Array> {
    return new Map(Array.from(this.#seen, ([name, { seen }]) => [name, seen]));
  }

  /** Ends the process, but not the machine: what was written is there, flushed or not. Calls that are under way never end. */
  kill(): ModelFolder {
    this.#crashed = true;
    const next = new ModelFolder(this.#random);
    for (const [name, content] of this.#seen) next.#seen.set(name, content);
    for (const [name, content] of this.#durable) next.#durable.set(name, content);
    next.#entries.push(...this.#entries);
    return next;
  }

  /** Ends the machine. Returns the folder as it is found afterwards. Calls that are under way never end. */
  crash(): ModelFolder {
    this.#crashed = true;
    const found = new Map(this.#durable);
    for (const { name, content } of this.#entries)
      if (this.#random() < 0.5) {
        if (content === undefined) found.delete(name);
        else found.set(name, content);
      }
    const files = Array.from(found, ([name, content]) => [name, content.survivors(this.#random)] as const);
    return new ModelFolder(this.#random, new Map(files));
  }

  async list(): Promise<{ name: string; size: number }[]> {
    await this.#call('list');
    return Array.from(this.#seen, ([name, { seen }]) => ({ name, size: seen.length }));
  }

  async create(name: string): Promise<ModelFile> {
    await this.#call('create', name);
    if (this.#seen.has(name)) throw systemError('EEXIST');
    const content = new Content();
    this.#seen.set(name, content);
    this.#entries.push({ name, content });
    return this.#file(name, content);
  }

  async open(name: string): Promise<ModelFile> {
    await this.#call('open', name);
    const content = this.#seen.get(name);
    if (content === undefined) throw systemError('ENOENT');
    return this.#file(name, content);
  }

  async remove(name: string): Promise<void> {
    await this.#call('remove', name);
    if (!this.#seen.delete(name)) throw systemError('ENOENT');
    this.#entries.push({ name, content: undefined });
  }

  async syncFolder(): Promise<void> {
    await this.#call('syncFolder');
    this.#durable.clear();
    for (const [name, content] of this.#seen) this.#durable.set(name, content);
    this.#entries.length = 0;
  }

  async close(): Promise<void> {}

  #file(name: string, content: Content): ModelFile {
    return {
      write: async (bytes, at) => {
        // A write that fails or that a crash ends has written a part.
        const part = bytes.slice(0, Math.floor(this.#random() * bytes.length));
        await this.#call('write', name, () => content.write(part, at));
        content.write(bytes.slice(), at);
      },
      sync: async () => {
        await this.#call('sync', name, () => content.failedSync(this.#random));
        content.sync();
      },
      read: async (into, length, at) => {
        await this.#call('read', name);
        const bytes = content.seen.subarray(at, at + length);
        into.set(bytes);
        return bytes.length;
      },
      truncate: async (size) => {
        await this.#call('truncate', name);
        content.truncate(size);
      },
      close: async () => {},
    };
  }

  async #call(call: FolderCall, name = '', failing?: () => void): Promise<void> {
    await Promise.resolve();
    if (this.#crashed) await new Promise(() => {});
    const what = this.before?.(call, name);
    if (what === undefined) return;
    failing?.();
    if (what !== 'crash') throw what;
    this.#crashed = true;
    await new Promise(() => {});
  }
}

export interface ModelFile {
  write(bytes: Uint8Array, at: number): Promise<void>;
  sync(): Promise<void>;
  read(into: Uint8Array, length: number, at: number): Promise<number>;
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

/** An error as the operating system reports it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: the model refuses`), { code });
}
