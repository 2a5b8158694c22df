/** What the hub's tests share: a hub with fixture drivers, and clients that speak bytes. */
import { type ChildProcess, execFileSync } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Log } from '@fairlead/core';
import { createHub, type DriverCommand, type Hub, type HubOptions } from '../../src/index.ts';

const FIXTURE = join(import.meta.dirname, 'driver-fixture.ts');

/** A driver of the fixture's kind. */
export function fixture(device: string, ...flags: string[]): DriverCommand {
  return { command: [process.execPath, FIXTURE, device, ...flags] };
}

export interface LogLine {
  readonly level: string;
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

export function recorder(): Log & { lines: LogLine[]; code(code: string): boolean } {
  const lines: LogLine[] = [];
  const at = (level: string) => (fields: object, message: string) => {
    lines.push({ level, fields: fields as Record<string, unknown>, message });
  };
  return {
    lines,
    code: (code) => lines.some(({ fields }) => fields.code === code),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  };
}

/** A hub on a free port that starts drivers again at once. */
export function hubOf(options: HubOptions): Promise<Hub> {
  return createHub({
    listen: '127.0.0.1:0',
    ...options,
    limits: { restartMin: 20, restartMax: 40, ...options.limits },
  });
}

/** A client that speaks bytes and keeps the last million that it gets. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  /** What is waited for: looked for as it comes, as it may be gone from the text a moment later. */
  readonly #marks = new Map<string, PromiseWithResolvers<void>>();
  text = '';
  bytes = 0;
  closed = false;

  constructor(address: string) {
    const [host, port] = address.split(':') as [string, string];
    this.socket = connect(Number(port), host);
    this.socket.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length;
      this.text += chunk.toString('latin1');
      for (const [mark, { resolve }] of this.#marks) if (this.text.includes(mark)) resolve();
      this.text = this.text.slice(-1_048_576);
    });
    this.socket.on('close', () => {
      this.closed = true;
    });
    this.socket.on('error', () => {});
  }

  send(xml: string): void {
    this.socket.write(xml);
  }

  /** Asks for all and waits for what marks that it came. */
  async greet(mark = 'name="PICTURE"'): Promise<this> {
    this.send("<getProperties version='1.7'/>");
    await this.sees(mark);
    return this;
  }

  async sees(mark: string, timeout = 10_000): Promise<void> {
    if (this.text.includes(mark)) return;
    const seen = this.#marks.get(mark) ?? Promise.withResolvers<void>();
    this.#marks.set(mark, seen);
    const timer = setTimeout(() => seen.reject(new Error(`not within ${timeout} ms: ${mark}`)), timeout);
    try {
      await seen.promise;
    } finally {
      clearTimeout(timer);
      this.#marks.delete(mark);
    }
  }

  count(text: string): number {
    return this.text.split(text).length - 1;
  }

  /** Whatever the driver was told to do before this has reached the client when it resolves. */
  async roundTrip(device: string): Promise<void> {
    const value = 1 + Math.floor(Math.random() * 1e9) / 1e10;
    this.send(number(device, value));
    await this.sees(`<oneNumber name="VALUE">${value}</oneNumber></setNumberVector>`);
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

export function number(device: string, value: number): string {
  return `<newNumberVector device='${device}' name='NUMBER'><oneNumber name='VALUE'>${value}</oneNumber></newNumberVector>`;
}

/** Has the fixture say `xml`. */
export function echo(device: string, xml: string): string {
  const escaped = xml.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<newTextVector device='${device}' name='ECHO'><oneText name='XML'>${escaped}</oneText></newTextVector>`;
}

/** The process ids of a program's children and theirs, `pid` not among them. */
export function descendants(pid: number): number[] {
  let found: string;
  try {
    found = execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' });
  } catch {
    return [];
  }
  return found
    .trim()
    .split('\n')
    .map(Number)
    .flatMap((child) => [child, ...descendants(child)]);
}

export type { ChildProcess };
