/** The certificates of all ports: read at the start, watched, and read again without a restart. */
import { asFairleadError, type Clock, type FairleadError, type Log, type Timer } from '@fairlead/core';
import type { ServerTlsOptions } from '@fairlead/tcp';
import { ServerCertificates, serverTlsSchema } from '@fairlead/tcp/internal';
import type { ServerTls } from './config/tls.ts';
import { serverLimits } from './limits.ts';

/** What became of the certificates of one port. */
export interface CertificateReload {
  /** The key of the port in the configuration: `listeners.official`, `http`, `bus.embedded`. */
  readonly port: string;
  readonly changed: boolean;
  /** TLS_MATERIAL_INVALID: the earlier ones stay in use. */
  readonly error?: FairleadError | undefined;
}

/** The options of the library for a section `tls`. */
export function tlsOf({
  cert,
  key,
  ca,
  crl,
  names,
  clientCertificates,
  minVersion,
}: ServerTls): ServerTlsOptions {
  return {
    cert,
    key,
    ...(ca !== undefined && { ca }),
    ...(crl !== undefined && { crl }),
    sni: names,
    clients: clientCertificates === 'none' ? 'ignore' : clientCertificates,
    minVersion: `TLSv${minVersion}`,
  };
}

/** Rejects with TLS_MATERIAL_INVALID. */
export async function certificatesOf(tls: ServerTls | undefined): Promise<ServerCertificates | undefined> {
  return tls === undefined ? undefined : ServerCertificates.read(serverTlsSchema.parse(tlsOf(tls)));
}

/** Reads the files again from time to time, and when asked. What is unusable is named in the log once, and then tried again. */
export class CertificateWatch implements AsyncDisposable {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #ports = new Map<string, () => Promise<boolean>>();
  readonly #told = new Map<string, string>();
  #running: Promise<readonly CertificateReload[]> | undefined;
  #timer: Timer | undefined;
  #closed = false;

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** @param renew reads the files; returns whether anything has changed */
  add(port: string, renew: () => Promise<boolean>): void {
    this.#ports.set(port, renew);
    this.#arm();
  }

  /** Reads all certificates again. Those who ask meanwhile get the same answer. */
  reload(): Promise<readonly CertificateReload[]> {
    this.#running ??= Promise.all(
      Array.from(this.#ports, ([port, renew]) => this.#renew(port, renew)),
    ).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#clock.clear(this.#timer);
    await this.#running;
  }

  async #renew(port: string, renew: () => Promise<boolean>): Promise<CertificateReload> {
    try {
      const changed = await renew();
      this.#told.delete(port);
      if (changed) this.#log.info({ port }, 'New certificates are in use');
      return { port, changed };
    } catch (thrown) {
      const error = asFairleadError(thrown);
      if (this.#told.get(port) !== error.message)
        this.#log.error({ port, code: error.code }, `${error.message} The earlier certificates stay in use.`);
      this.#told.set(port, error.message);
      return { port, changed: false, error };
    }
  }

  #arm(): void {
    if (this.#closed || this.#timer !== undefined) return;
    this.#timer = this.#clock.after(serverLimits.values.certificateCheck, () => {
      this.#timer = undefined;
      void this.reload().then(() => this.#arm());
    });
    this.#timer.unref?.();
  }
}
