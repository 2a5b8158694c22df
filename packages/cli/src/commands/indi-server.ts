import { type FairleadError, formatAddress, isFairleadError } from '@fairlead/core';
import type { IndiClient, PropertyPattern } from '@fairlead/server';
import { cliErrors } from '../catalogue.ts';
import { cliLimits } from '../limits.ts';
import type { Terminal } from '../terminal.ts';

/** The INDI server of a command, with a check that it is an INDI server. */
export class IndiServer implements AsyncDisposable {
  readonly client: IndiClient;
  readonly address: string;
  readonly #terminal: Terminal;
  /** The cause of the end of the connection. */
  #ended: FairleadError | undefined;

  /** Rejects if nothing listens at the address. */
  static async open(
    terminal: Terminal,
    { host, port }: { readonly host: string; readonly port: number },
    pattern: PropertyPattern,
  ): Promise<IndiServer> {
    const { connectIndi } = await import('@fairlead/server');
    const address = formatAddress(host, port);
    const client = connectIndi(address, {
      device: pattern.device,
      ...(pattern.device !== undefined && { name: pattern.name }),
      reconnect: false,
      clock: terminal.clock,
    });
    const server = new IndiServer(client, address, terminal);
    try {
      await client.ready({ signal: terminal.interrupted });
      return server;
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  private constructor(client: IndiClient, address: string, terminal: Terminal) {
    this.client = client;
    this.address = address;
    this.#terminal = terminal;
    client.on('state', (state, cause) => {
      if (state === 'closed') this.#ended = cause;
    });
  }

  /** The cause of the end of the connection, if it has ended. It reports a peer that does not speak INDI. */
  get ended(): FairleadError | undefined {
    return this.#ended && (this.#foreign() ?? this.#ended);
  }

  /**
   * The reason why nothing arrived for `waited` milliseconds, unless the server has no properties:
   * `INDI_NOT_SPOKEN`, `INDI_SILENT`, or the cause of the end of the connection. It sends a ping to the server.
   */
  async fault(waited: number): Promise<FairleadError | undefined> {
    const { client, address: server } = this;
    const { indiQuiet } = cliLimits.values;
    if (client.state !== 'closed' && !client.heard.indi && client.heard.other.length === 0)
      await this.#ping(indiQuiet);
    if (client.heard.indi) return this.#ended;
    return this.#foreign() ?? cliErrors.error('INDI_SILENT', { server, limit: waited + indiQuiet });
  }

  async #ping(limit: number): Promise<void> {
    const { client } = this;
    const { clock, interrupted } = this.#terminal;
    await new Promise<void>((resolve) => {
      const timer = clock.after(limit, resolve);
      const done = () => {
        clock.clear(timer);
        resolve();
      };
      client.once('pong', done).once('state', done);
      interrupted.addEventListener('abort', done, { once: true });
      client.ping();
    });
  }

  /** The error of a peer that does not speak INDI. */
  #foreign(): FairleadError | undefined {
    const { heard } = this.client;
    if (heard.indi) return undefined;
    const said = firstLine(heard.other);
    const found = said === '' ? manner(this.#ended) : `it sends "${said}"`;
    if (found === undefined) return undefined;
    return cliErrors.error('INDI_NOT_SPOKEN', { server: this.address, found }, this.#ended);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.client.close();
  }
}

function firstLine(bytes: Buffer): string {
  const [line = ''] = bytes
    .toString('latin1')
    .trimStart()
    .split(/[\r\n]/, 1);
  return line.replace(/[^\x20-\x7e]/g, '.');
}

/** Describes how the connection ended before any INDI data. */
function manner(ended: FairleadError | undefined): string | undefined {
  if (ended?.kind === 'framing') return ended.message.replace(/\.$/, '');
  const left = isFairleadError(ended, 'PEER_CLOSED') || isFairleadError(ended, 'PEER_RESET');
  return left ? 'it closes the connection and sends nothing' : undefined;
}
