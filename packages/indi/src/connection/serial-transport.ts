import { coreErrors, type FairleadError } from '@fairlead/core';
import type { Transport, TransportEvents } from '@fairlead/tcp';
import type { SerialPort } from 'serialport';
import { indiErrors } from '../catalogue.ts';

type Serial = typeof import('serialport');

/** Whether to list a port. Linux lists 32 ports /dev/ttyS, nearly all without hardware: those must be named by hand. */
export function isOffered(path: string): boolean {
  return !/^\/dev\/ttyS\d+$/.test(path);
}

/** Paths of this machine's serial ports. Rejects with `SERIALPORT_MISSING`, or the error of the listing. */
export async function systemPorts(): Promise<string[]> {
  const { SerialPort } = await serialport();
  return (await SerialPort.list()).map(({ path }) => path).filter(isOffered);
}

/** Opens a serial port. Rejects with `PORT_FAILED`, `SERIALPORT_MISSING` or the signal's reason. */
export async function dialSerial(path: string, baudRate: number, signal: AbortSignal): Promise<Transport> {
  const { SerialPort } = await serialport();
  const port = new SerialPort({ path, baudRate, autoOpen: false });
  await new Promise<void>((resolve, reject) =>
    port.open((error) => {
      if (error) reject(indiErrors.error('PORT_FAILED', { path, reason: error.message }, error));
      else resolve();
    }),
  );
  if (signal.aborted) {
    port.close();
    throw signal.reason;
  }
  // What a device has sent before the first command is not an answer.
  await new Promise<void>((resolve) => port.flush(() => resolve()));
  return new SerialTransport(port);
}

async function serialport(): Promise<Serial> {
  try {
    return await import('serialport');
  } catch (error) {
    throw indiErrors.error('SERIALPORT_MISSING', {}, error);
  }
}

/** An open serial port as a transport. */
class SerialTransport implements Transport {
  readonly remote: string;
  readonly local = 'serial';
  readonly #port: SerialPort;
  #cause: FairleadError | undefined;

  constructor(port: SerialPort) {
    this.#port = port;
    this.remote = port.path;
    port.pause();
  }

  get writableLength(): number {
    return this.#port.writableLength;
  }

  start(events: TransportEvents): void {
    const port = this.#port;
    port.on('data', (chunk: Buffer) => events.onData(chunk));
    port.on('drain', () => events.onDrain());
    port.on('error', (error) =>
      this.destroy(indiErrors.error('PORT_FAILED', { path: port.path, reason: error.message }, error)),
    );
    port.on('close', (error: Error | null) => {
      const lost =
        error && indiErrors.error('PORT_FAILED', { path: port.path, reason: error.message }, error);
      events.onClosed(this.#cause ?? (lost || coreErrors.error('LINK_CLOSED')));
    });
    port.pause();
  }

  write(pieces: readonly Uint8Array[], done?: (written: boolean) => void): boolean {
    const more = pieces.length === 0 || this.#port.write(Buffer.concat(pieces));
    if (done !== undefined) this.#port.drain((error) => done(!error));
    return more;
  }

  pause(): void {
    this.#port.pause();
  }

  resume(): void {
    this.#port.resume();
  }

  end(): void {
    this.#port.drain(() => this.destroy(coreErrors.error('LINK_CLOSED')));
  }

  destroy(cause: FairleadError): void {
    this.#cause ??= cause;
    if (this.#port.isOpen) this.#port.close(() => undefined);
  }
}
