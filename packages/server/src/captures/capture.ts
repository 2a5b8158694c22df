import type { FileHandle } from 'node:fs/promises';
import type { Clock, FairleadError } from '@fairlead/core';
import type { LinkWatch, Tap, WatchedLink } from '@fairlead/gateway';
import { serverLimits } from '../limits.ts';
import type { CaptureEnd, CaptureHeader, CaptureLine } from './lines.ts';
import { masked, TokenMask } from './token-mask.ts';

interface CapturePorts {
  readonly clock: Clock;
  /** It has ended. */
  ended(reason: CaptureEnd): void;
}

/** The end of a capture always fits. */
const END = 200;

/** What is kept of a link that is captured. */
interface Seen {
  readonly received: TokenMask;
  readonly sent: TokenMask;
}

/**
 * A capture that runs. Lines wait in memory while others are written, and nothing waits for the disk: what comes while too much waits
 * is left out and counted.
 */
export class Capture implements LinkWatch {
  readonly header: CaptureHeader;
  tap: Tap | undefined;
  /** Bytes of the file, with what waits. */
  bytes: number;
  end: CaptureEnd | undefined;
  readonly #file: FileHandle;
  readonly #ports: CapturePorts;
  readonly #seen = new Map<string, Seen>();
  #waiting: string[] = [];
  #waitingBytes = 0;
  #missed = 0;
  #writing: Promise<void> | undefined;

  constructor(header: CaptureHeader, file: FileHandle, bytes: number, ports: CapturePorts) {
    this.header = header;
    this.#file = file;
    this.bytes = bytes;
    this.#ports = ports;
  }

  opened({ id, remote, local }: WatchedLink, time: number): void {
    this.#begin(id);
    this.#add(time, { what: 'opened', link: id, remote, local });
  }

  received(link: WatchedLink, chunk: Uint8Array, time: number): void {
    const { received } = this.#seenOf(link, time);
    this.#add(time, { what: 'received', ...named(link), ...this.#shown(chunk, received) });
  }

  sent(link: WatchedLink, piece: Uint8Array, time: number): void {
    const { sent } = this.#seenOf(link, time);
    this.#add(time, { what: 'sent', ...named(link), ...this.#shown(piece, sent) });
  }

  frame(link: WatchedLink, payload: Uint8Array, time: number): void {
    this.#add(time, { what: 'frame', ...named(link), ...this.#shown(payload, new TokenMask()) });
  }

  message(link: WatchedLink, uplink: Parameters<LinkWatch['message']>[1], at: number): void {
    const { device, kind, time, payload } = uplink;
    const measured = iso(time);
    const line = { what: 'message' as const, ...named(link), of: device.name, kind, measured };
    if (kind === 'raw' || this.header.payload === 'none')
      this.#add(at, { ...line, ...this.#shown(payload, new TokenMask()) });
    else {
      const bytes = this.header.payload === 'masked' ? masked(payload) : Buffer.from(payload);
      this.#add(at, { ...line, size: payload.length, values: JSON.parse(bytes.toString()) });
    }
  }

  refused(link: WatchedLink, error: FairleadError, bytes: Uint8Array | undefined, time: number): void {
    const { code, message: reason } = error;
    const shown = bytes === undefined ? {} : this.#shown(bytes, new TokenMask());
    this.#add(time, { what: 'refused', ...named(link), code, reason, ...shown });
  }

  closed(link: WatchedLink, { code, message: reason }: FairleadError, time: number): void {
    this.#seen.delete(link.id);
    this.#add(time, { what: 'closed', ...named(link), code, reason });
    if (this.header.of === 'link') this.stop('closed');
  }

  /** Writes the last line. Idempotent. */
  stop(reason: CaptureEnd): void {
    if (this.end !== undefined) return;
    this.end = reason;
    this.tap?.close();
    const line: CaptureLine = { what: 'end', time: iso(this.#ports.clock.now()), reason };
    this.#push(`${JSON.stringify(line)}\n`);
    this.#ports.ended(reason);
  }

  /** Resolves when all that came before is in the file. */
  async flushed(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  /** Ends the writing; the capture goes on after a restart, unless it was stopped. */
  async close(): Promise<void> {
    this.tap?.close();
    await this.flushed();
    await this.#file.close();
  }

  #seenOf({ id, remote, local }: WatchedLink, time: number): Seen {
    const seen = this.#seen.get(id);
    if (seen !== undefined) return seen;
    const begun = this.#begin(id);
    this.#add(time, { what: 'attached', link: id, remote, local });
    return begun;
  }

  #begin(id: string): Seen {
    const seen = { received: new TokenMask(), sent: new TokenMask() };
    this.#seen.set(id, seen);
    return seen;
  }

  #shown(bytes: Uint8Array, mask: TokenMask): Pick<CaptureLine, 'size' | 'hex'> {
    const { payload } = this.header;
    const size = bytes.length;
    if (payload === 'none') return { size };
    return { size, hex: (payload === 'all' ? Buffer.from(bytes) : mask.next(bytes)).toString('hex') };
  }

  #add(time: number, fields: Omit<CaptureLine, 'time'>): void {
    if (this.end !== undefined) return;
    const { what, ...rest } = fields;
    const line = `${JSON.stringify({ what, time: iso(time), ...rest })}\n`;
    const size = Buffer.byteLength(line);
    if (this.#missed > 0 || this.#waitingBytes + size > serverLimits.values.capturePending) {
      this.#missed++;
      return;
    }
    if (this.bytes + size + END > this.header.size) this.stop('size');
    else this.#push(line);
  }

  #push(line: string): void {
    const size = Buffer.byteLength(line);
    this.bytes += size;
    this.#waiting.push(line);
    this.#waitingBytes += size;
    this.#writing ??= this.#write();
  }

  async #write(): Promise<void> {
    // What comes in this turn of the event loop is written together.
    await Promise.resolve();
    try {
      while (this.#waiting.length > 0) {
        const text = this.#waiting.join('');
        this.#waiting = [];
        await this.#file.appendFile(text);
        this.#waitingBytes -= Buffer.byteLength(text);
        if (this.#missed === 0 || this.end !== undefined || this.#waiting.length > 0) continue;
        const count = this.#missed;
        this.#missed = 0;
        this.#add(this.#ports.clock.now(), { what: 'missed', count });
      }
    } catch {
      this.#waiting = [];
      this.#waitingBytes = 0;
      if (this.end === undefined) {
        this.end = 'failed';
        this.tap?.close();
        this.#ports.ended('failed');
      }
    } finally {
      this.#writing = undefined;
    }
  }
}

const named = ({ id, data }: WatchedLink): { link: string; device: string | undefined } => ({
  link: id,
  device: data?.device.name,
});

/** A script may give a time outside the range of dates. */
export function iso(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}
