/**
 * The memory of an idle authenticated device, plain and with TLS: 15,000 devices at the gateway, beside as many raw sockets of `net`
 * and `tls` in a process that looks up the same tokens. Each round uses new processes. A process has 15,000 files open.
 */
import { Authority, type Certificate, startMosquitto } from '@fairlead/testkit';
import { type Arrival, type Fleet, fleet } from './fleet.ts';
import { inTurns, type Memory, main, median, Part, quick } from './harness.ts';
import { type Report, type Row, row } from './report.ts';
import { acceptor } from './rival.ts';
import { type Started, type SystemOptions, system } from './system.ts';

/** Bytes that a device may use in addition to its socket. */
const ALLOWED = 3_072;

async function run(): Promise<Report> {
  await using broker = await startMosquitto({ config: ['max_queued_messages 0'] });
  using authority = new Authority();
  const tls = authority.issue('localhost', 'IP:127.0.0.1');
  return {
    name: 'idle-memory',
    rows: [...(await compare(broker.url, 'plain')), ...(await compare(broker.url, 'TLS', tls))],
  };
}

async function compare(url: string, kind: string, tls?: Certificate): Promise<Row[]> {
  const devices = quick() ? 2_000 : 15_000;
  const measure = async (role: 'system' | 'acceptor'): Promise<Memory> => {
    await using clients = new Part(import.meta.filename, 'fleet');
    await using server = new Part(import.meta.filename, role);
    const tokens = Array.from({ length: devices }, (_, i) => `fl_${String(i).padStart(32, '0')}`);
    const options: SystemOptions = { url, devices, ...(tls && { tls }) };
    const started =
      role === 'system'
        ? await server.ask<Started>('start', options)
        : { port: await server.ask<number>('start', { tokens, ...(tls && { tls }) }), tokens };
    // One device first, so that shared code and tables are not counted.
    const connect = (some: readonly string[]) =>
      clients.ask<Arrival>('connect', {
        port: started.port,
        tokens: some,
        atOnce: 250,
        tls: tls !== undefined,
      } satisfies Fleet);
    await connect(started.tokens.slice(0, 1));
    const before = await server.memory();
    const { refused } = await connect(started.tokens.slice(1));
    if (refused > 0) throw new Error(`${refused} devices were refused`);
    const after = await server.memory();
    await clients.ask('close');
    const each = (of: keyof Memory) => (after[of] - before[of]) / (devices - 1);
    return { rss: each('rss'), heap: each('heap') };
  };
  const results = await inTurns(
    ['system', 'acceptor'] as const,
    { rounds: quick() ? 1 : 3, warmUp: 0 },
    measure,
  );
  const middle = (role: 'system' | 'acceptor', of: keyof Memory) =>
    median((results.get(role) ?? []).map((memory) => memory[of]));
  return (['heap', 'rss'] as const).flatMap((of) => {
    const [own, raw] = [middle('system', of), middle('acceptor', of)];
    const name = `${kind}: ${of === 'heap' ? 'heap and buffers' : 'resident'}`;
    return [
      row(`${name}, a device`, own, 'bytes', raw),
      row(`${name}, beyond the socket`, own - raw, 'bytes', undefined, { atMost: ALLOWED }),
    ];
  });
}

if (import.meta.main) await main(run, { system, acceptor, fleet });
