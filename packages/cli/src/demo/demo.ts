/** The service with temporary data and simulated devices. Only the devices are simulated. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiClient, createClient } from '@fairlead/api';
import { untilAborted } from '@fairlead/core';
import type { Addresses } from '@fairlead/server';
import { nodeFetch, reasonOf } from '../http/node-fetch.ts';
import { eventLine, messageLine } from '../output/message.ts';
import { paint } from '../output/paint.ts';
import { fields } from '../output/text.ts';
import { reachable } from '../reachable.ts';
import { flagsOf, type ServeOptions } from '../serve-flags.ts';
import type { Received } from '../sim/device.ts';
import type { Terminal } from '../terminal.ts';
import { registerDevices } from './devices.ts';
import { guide } from './guide.ts';
import { openPage } from './open-page.ts';
import { type DemoAddresses, freeAddresses } from './ports.ts';

/** Runs until the terminal is interrupted, and removes everything at the end. */
export async function runDemo(terminal: Terminal, options: ServeOptions): Promise<void> {
  const { clock, random, interrupted } = terminal;
  // Disposed in reverse order: devices, service, data.
  await using stack = new AsyncDisposableStack();
  const data = await mkdtemp(join(tmpdir(), 'fairlead-'));
  stack.defer(() => rm(data, { recursive: true, force: true }));

  const service = stack.use(await startService(data, options, terminal));
  const addresses = reached(service.addresses);
  const token = (await readFile(join(data, 'admin-token'), 'utf8')).trim();
  const url = `http://${addresses.http}`;
  const api = createClient({ url, token, fetch: nodeFetch, clock, signal: interrupted, reasonOf });
  const received = (what: Received): void => terminal.out(`${receivedLine(what, terminal)}\n`);
  const { start, hand } = await registerDevices({ api, clock, random, listeners: addresses, received });

  const text = guide(
    { version: service.version, addresses, data, hand, signInPath: service.signInPath },
    paint(terminal.colour),
  );
  terminal.out(text);
  stack.defer(terminal.onEnter(() => terminal.out(`\n${text}`)));
  const { promise: connected, resolve } = Promise.withResolvers<void>();
  const shown = showMessages(api, terminal, resolve);
  await Promise.race([connected, shown]);
  start(stack);
  if (service.signInPath !== undefined) openPage(`${url}${service.signInPath}`, terminal);
  await Promise.race([untilAborted(interrupted), shown]);
  terminal.out('\nStopping.\n');
}

/** The addresses of the listeners, for programs on this machine. */
function reached({ http, mqtt, listeners }: Addresses): Partial<DemoAddresses> & Pick<DemoAddresses, 'http'> {
  const { official, custom } = listeners;
  const addresses = Object.entries({ mqtt, official, custom })
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([name, bound]) => [name, reachable(bound)]);
  return { http: reachable(http), ...Object.fromEntries(addresses) };
}

async function startService(data: string, options: ServeOptions, terminal: Terminal) {
  const { createLog, loadConfig, startService } = await import('@fairlead/server');
  const { http, mqtt, official, custom, config: file } = options;
  const addresses = await freeAddresses(withoutUndefined({ http, mqtt, official, custom }));
  const flags = { ...flagsOf({ ...addresses, data }), log: { level: 'warn', format: 'pretty' } };
  // The working folder is empty, so that a fairlead.yaml of the project is not used.
  const { config } = loadConfig({ file, flags, cwd: file === undefined ? data : process.cwd() });
  const log = createLog({ ...config.log, terminal: terminal.colour });
  return startService({ config, log });
}

/** Prints the messages of the live stream, read over HTTP. `begun` is called when the stream is connected. */
async function showMessages(api: ApiClient, terminal: Terminal, begun: () => void): Promise<void> {
  const { random, interrupted } = terminal;
  for await (const message of api.follow({ random, signal: interrupted, connected: begun })) {
    terminal.out(`${messageLine(message, terminal)}\n`);
  }
}

function receivedLine({ device, kind, values }: Received, terminal: Terminal): string {
  return eventLine({ device, what: 'was sent', shown: `${kind}: ${fields(values)}`, marked: true }, terminal);
}

function withoutUndefined<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
