/** The captures of the service: files in the folder `captures` of the data folder. Those that run go on after a restart. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { asFairleadError, type Clock, isFairleadError, type Log, type Timer } from '@fairlead/core';
import type { Gateway } from '@fairlead/gateway';
import type { CaptureFile } from '../backup/write.ts';
import { serverErrors } from '../catalogue.ts';
import { serverLimits } from '../limits.ts';
import { reasonOf } from '../system-reason.ts';
import { Capture, iso } from './capture.ts';
import {
  type CaptureEnd,
  type CaptureHeader,
  type CaptureLine,
  type CapturePayload,
  linesOf,
  parseLine,
} from './lines.ts';

const { captures: most } = serverLimits.values;
const NAME = /^([0-9a-f]{8})\.jsonl$/;
/** The last line of an ended file is shorter, and so is the first line of each. */
const TAIL = 4_096;

interface CaptureInfo extends CaptureHeader {
  readonly running: boolean;
  readonly bytes: number;
  /** Why it ended; undefined while it runs. */
  readonly reason?: string | undefined;
}

interface CaptureTerms {
  readonly target: string;
  /** Milliseconds. */
  readonly time: number;
  /** Bytes. */
  readonly size: number;
  readonly payload: CapturePayload;
}

interface Entry {
  info: CaptureInfo;
  capture?: Capture | undefined;
  timer?: Timer | undefined;
}

export class Captures implements AsyncDisposable {
  readonly #dir: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #entries = new Map<string, Entry>();
  #gateway: Gateway | undefined;

  constructor(dir: string, clock: Clock, log: Log) {
    this.#dir = join(dir, 'captures');
    this.#clock = clock;
    this.#log = log;
  }

  /** Finds the files, and goes on with captures that ran. Called before devices may connect. */
  async begin(gateway: Gateway): Promise<void> {
    this.#gateway = gateway;
    const names = await readdir(this.#dir).catch(() => []);
    for (const name of names.sort()) {
      const [, id] = NAME.exec(name) ?? [];
      if (id === undefined) continue;
      try {
        await this.#find(id);
      } catch (error) {
        const { message } = error as Error;
        this.#log.warn({ file: this.#fileOf(id) }, `A capture cannot be read: ${message}`);
      }
    }
  }

  /** The newest first. */
  list(): CaptureInfo[] {
    return Array.from(this.#entries.keys(), (id) => this.get(id)).sort((a, b) =>
      b.startedAt.localeCompare(a.startedAt),
    );
  }

  /** Throws CAPTURE_UNKNOWN. */
  get(id: string): CaptureInfo {
    const { info, capture } = this.#entry(id);
    return capture === undefined ? info : { ...info, bytes: capture.bytes };
  }

  /** Rejects with TAP_TARGET_UNKNOWN, TAPS_FULL, CAPTURES_FULL or CAPTURE_FAILED. */
  async start({ target, time, size, payload }: CaptureTerms): Promise<CaptureInfo> {
    if (this.#entries.size >= most) throw serverErrors.error('CAPTURES_FULL', { limit: most });
    const gateway = this.#gateway as Gateway;
    const now = this.#clock.now();
    const isLink = ['open', 'handshaking'].includes(gateway.link(target)?.state ?? '');
    const of = isLink ? 'link' : gateway.inboxEntry(target) !== undefined ? 'inbox' : 'device';
    const header: CaptureHeader = {
      what: 'capture',
      version: 1,
      id: randomBytes(4).toString('hex'),
      target,
      of,
      startedAt: iso(now),
      until: iso(now + time),
      size,
      payload,
    };
    // An unknown target leaves no file.
    gateway.watch(target, IDLE).close();
    const text = `${JSON.stringify(header)}\n`;
    try {
      await mkdir(this.#dir, { recursive: true, mode: 0o700 });
      const file = await open(this.#fileOf(header.id), 'ax', 0o600);
      await file.appendFile(text);
      this.#run(header, file, Buffer.byteLength(text));
    } catch (error) {
      if (isFairleadError(error)) throw error;
      throw serverErrors.error('CAPTURE_FAILED', { reason: reasonOf(error) }, error);
    }
    return this.get(header.id);
  }

  /** Throws CAPTURE_UNKNOWN. Idempotent. */
  async stop(id: string): Promise<CaptureInfo> {
    const { capture } = this.#entry(id);
    capture?.stop('stopped');
    await capture?.flushed();
    return this.get(id);
  }

  /** Stops it and removes its file. Throws CAPTURE_UNKNOWN. */
  async remove(id: string): Promise<void> {
    await this.stop(id);
    this.#entries.delete(id);
    await rm(this.#fileOf(id), { force: true });
  }

  /** The files as they are now, for a backup: whole lines. They must be disposed. */
  async files(): Promise<CaptureFile[]> {
    const files: CaptureFile[] = [];
    await using opened = new AsyncDisposableStack();
    for (const [id, { capture }] of this.#entries) {
      await capture?.flushed();
      const file = await open(this.#fileOf(id), 'r').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined; // somebody has removed it
        throw error;
      });
      if (file === undefined) continue;
      opened.use(file);
      const size = await wholeLines(file, (await file.stat()).size);
      const read = async (into: Uint8Array, length: number, at: number) =>
        (await file.read(into, 0, length, at)).bytesRead;
      files.push({ name: `${id}.jsonl`, size, read, [Symbol.asyncDispose]: () => file.close() });
    }
    opened.move(); // from now on they are the caller's
    return files;
  }

  /** The lines that there are now. Rejects with CAPTURE_UNKNOWN. */
  async lines(id: string): Promise<AsyncGenerator<CaptureLine | CaptureHeader>> {
    const { capture } = this.#entry(id);
    await capture?.flushed();
    return linesOf(this.#fileOf(id), this.get(id).bytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { capture, timer } of this.#entries.values()) {
      this.#clock.clear(timer);
      await capture?.close().catch(() => {}); // the end of a file that could not be written
    }
  }

  #run(header: CaptureHeader, file: Awaited<ReturnType<typeof open>>, bytes: number): void {
    const entry: Entry = { info: { ...header, running: true, bytes } };
    const capture = new Capture(header, file, bytes, {
      clock: this.#clock,
      ended: (reason) => this.#ended(entry, reason),
    });
    entry.capture = capture;
    this.#entries.set(header.id, entry);
    const left = Date.parse(header.until) - this.#clock.now();
    entry.timer = this.#clock.after(Math.max(0, left), () => capture.stop('time'));
    entry.timer.unref?.();
    try {
      capture.tap = (this.#gateway as Gateway).watch(header.target, capture);
    } catch (error) {
      this.#log.warn({ capture: header.id, target: header.target }, asFairleadError(error).message);
      capture.stop('gone');
    }
  }

  #ended(entry: Entry, reason: CaptureEnd): void {
    const { capture, info } = entry;
    this.#clock.clear(entry.timer);
    entry.info = { ...info, running: false, bytes: capture?.bytes ?? info.bytes, reason };
    entry.capture = undefined;
    capture?.close().catch(() => {}); // the end of a file that could not be written
    if (reason === 'failed')
      this.#log.error(
        { capture: info.id, target: info.target },
        'A capture cannot be written and has ended.',
      );
  }

  async #find(id: string): Promise<void> {
    const path = this.#fileOf(id);
    const file = await open(path, 'r+');
    let handed = false;
    try {
      const { size } = await file.stat();
      const read = async (at: number) => {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(TAIL), 0, TAIL, at);
        return buffer.toString('utf8', 0, bytesRead);
      };
      const first = parseLine((await read(0)).split('\n', 1)[0] ?? '');
      if (first?.what !== 'capture') throw new Error('its first line is none of a capture');
      const tail = await read(Math.max(0, size - TAIL));
      const last = parseLine(tail.trimEnd().split('\n').at(-1) ?? '');
      if (last?.what === 'end') {
        this.#entries.set(id, { info: { ...first, running: false, bytes: size, reason: last.reason } });
        return;
      }
      const whole = await wholeLines(file, size);
      await file.truncate(whole);
      await file.close();
      handed = true;
      const append = await open(path, 'a');
      if (first.of !== 'link') this.#run(first, append, whole);
      else {
        // The links of the process before are gone, and others have their ids.
        const line = `${JSON.stringify({ what: 'end', time: iso(this.#clock.now()), reason: 'closed' })}\n`;
        await append.appendFile(line);
        await append.close();
        const bytes = whole + Buffer.byteLength(line);
        this.#entries.set(id, { info: { ...first, running: false, bytes, reason: 'closed' } });
      }
    } finally {
      if (!handed) await file.close();
    }
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw serverErrors.error('CAPTURE_UNKNOWN', { id });
    return entry;
  }

  #fileOf(id: string): string {
    return join(this.#dir, `${id}.jsonl`);
  }
}

const nothing = (): void => {};
const IDLE = {
  received: nothing,
  sent: nothing,
  frame: nothing,
  message: nothing,
  refused: nothing,
  closed: nothing,
};

/** Bytes up to the last line end: what follows was cut by a crash. */
async function wholeLines(file: Awaited<ReturnType<typeof open>>, size: number): Promise<number> {
  const step = 65_536;
  for (let end = size; end > 0; end -= step) {
    const from = Math.max(0, end - step);
    const { buffer } = await file.read(Buffer.alloc(end - from), 0, end - from, from);
    const at = buffer.lastIndexOf(0x0a);
    if (at >= 0) return from + at + 1;
  }
  return 0;
}
