/** The whole service in a throw-away folder, on free ports, and a hand-made device. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog, loadConfig, type Service, startService } from '../src/index.ts';

export interface Running extends AsyncDisposable {
  readonly service: Service;
  readonly dir: string;
  readonly url: string;
  readonly token: string;
  readonly logged: readonly string[];
  /** Changes of what is there name no revision: whatever it is, it is changed. */
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; json: Json }>;
}

// biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever came
export type Json = any;

/** Settings that clash with nobody. */
export const FREE = {
  FAIRLEAD_HTTP__LISTEN: '127.0.0.1:0',
  FAIRLEAD_BUS__EMBEDDED__LISTEN: '127.0.0.1:0',
  FAIRLEAD_LISTENERS__OFFICIAL__LISTEN: '127.0.0.1:0',
  FAIRLEAD_LISTENERS__CUSTOM__LISTEN: '127.0.0.1:0',
};

export function scratch(): { dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'fairlead-service-'));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

export async function start(dir: string, env: Record<string, string> = {}): Promise<Running> {
  const data = join(dir, 'fairlead-data');
  const { config } = loadConfig({ cwd: dir, env: { ...FREE, ...env } });
  const logged: string[] = [];
  const stream = { write: (line: string) => void logged.push(line) };
  const log = createLog({ level: 'debug', format: 'json', terminal: false, stream });
  const service = await startService({ config, log });
  const token = readFileSync(join(data, 'admin-token'), 'utf8').trim();
  const url = `http://${service.addresses.http}`;
  return {
    service,
    dir,
    url,
    token,
    logged,
    async call(method, path, body, headers = {}) {
      const response = await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(method === 'PATCH' || method === 'DELETE' ? { 'if-match': '*' } : {}),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return {
        status: response.status,
        json: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text,
      };
    },
    [Symbol.asyncDispose]: () => service.close(),
  };
}

/** A packet of the official protocol, byte by byte. */
export function packet(type: number, command: number, payload: string | Buffer): Buffer {
  const body = Buffer.from(payload);
  const head = Buffer.from([0x54, 0x50, type, command, 0, 0, 0, 0]);
  head.writeUInt32BE(body.length, 4);
  return Buffer.concat([head, body]);
}

export function dial(address: string): Promise<Socket> {
  const { hostname, port } = new URL(`tcp://${address}`);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => resolve(socket));
    // Without a reader the socket would not see the other side close.
    socket.on('error', reject).resume();
  });
}

/** Polls until `look` finds something. */
export async function eventually<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const end = Date.now() + 10_000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`It did not happen: ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
