/** Tests a connection by connecting or listening, and describes the result. */
import { type Clock, isFairleadError, systemClock } from '@fairlead/core';
import { connect, type Dial, type Listen, serve } from '@fairlead/tcp';
import { automationErrors } from '../catalogue.ts';
import type { CodePages, DeviceLinks } from '../ports.ts';
import {
  type Connection,
  clientTlsOf,
  codecOf,
  endpointOf,
  listenEndpointOf,
  serverTlsOf,
} from './schema.ts';

export interface ConnectionTest {
  readonly ok: boolean;
  /** For people. */
  readonly words: string;
  readonly code?: string;
  /** Milliseconds. */
  readonly duration: number;
}

interface TestOptions {
  /** `connect` as a task does, `listen` as a trigger does. */
  readonly how: 'connect' | 'listen';
  readonly codePages: CodePages;
  readonly devices?: DeviceLinks | undefined;
  readonly clock?: Clock | undefined;
  readonly dial?: Dial | undefined;
  readonly listen?: Listen | undefined;
}

/** Connects or listens, then closes. Never rejects: an error is in the result. */
export async function testConnection(connection: Connection, options: TestOptions): Promise<ConnectionTest> {
  const { clock = systemClock, how } = options;
  const begun = clock.monotonic();
  const took = () => Math.round(clock.monotonic() - begun);
  try {
    const { name } = options.codePages(connection.codePage, { onInvalid: connection.onInvalid });
    const { device } = connection;
    if (device !== undefined)
      return { ok: true, words: `${linked(device, options)} Text is ${name}.`, duration: took() };
    const words = how === 'connect' ? await dialled(connection, options) : await bound(connection, options);
    return { ok: true, words: `${words} Text is ${name}.`, duration: took() };
  } catch (error) {
    if (!isFairleadError(error)) throw error;
    return { ok: false, words: error.message, code: error.code, duration: took() };
  }
}

function linked(device: string, { devices }: TestOptions): string {
  if (devices === undefined) throw automationErrors.error('DEVICE_LINK_UNAVAILABLE', { device });
  using visit = devices.visit(device, { frame() {}, lost() {} });
  if (visit.link === undefined) throw visit.cause;
  return `The link to the device ${device} is open, to ${visit.link.remote}. Its framing is ${visit.link.framing}.`;
}

async function dialled(connection: Connection, { clock, dial }: TestOptions): Promise<string> {
  const { address, port, connectTimeout } = connection;
  const client = connect(endpointOf(connection), {
    codec: codecOf(connection),
    reconnect: false,
    whileDown: false,
    connectTimeout,
    ...clientTlsOf(connection),
    ...(clock === undefined ? {} : { clock }),
    ...(dial === undefined ? {} : { dial }),
  });
  try {
    await client.ready();
    return `Connected to ${address}, port ${port}: the port accepts connections.`;
  } finally {
    await client.destroy();
  }
}

async function bound(connection: Connection, { clock, listen }: TestOptions): Promise<string> {
  const server = await serve(listenEndpointOf(connection), {
    codec: codecOf(connection),
    ...serverTlsOf(connection),
    ...(clock === undefined ? {} : { clock }),
    ...(listen === undefined ? {} : { listen }),
  });
  const { address } = server;
  await server.destroy();
  return `Could listen at ${address}: the address belongs to this machine and the port is free.`;
}
