import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, it } from 'node:test';
import { coreErrors, type FairleadError } from '@fairlead/core';
import {
  FakeClock,
  FaultyTransport,
  fault,
  MemoryNetwork,
  memoryPair,
  seeded,
  settled,
} from '@fairlead/testkit';
import { type ServeOptions, type Session, serve } from '../../src/index.ts';
import { FramedLink } from '../../src/link/framed-link.ts';
import { text } from '../text-codec.ts';

/** A server in memory with a fake clock; what it sees is written down. */
async function memoryServer<D = undefined>(options: Partial<ServeOptions<string, string, D>> = {}) {
  const network = new MemoryNetwork();
  const clock = new FakeClock();
  const seen: string[] = [];
  const server = await serve<string, string, D>('127.0.0.1:1', {
    codec: text,
    clock,
    listen: network.listen,
    frames: (session, batch) => seen.push(...batch.map((frame) => `${session.id} ${frame}`)),
    closed: (session, cause) => seen.push(`${session.id} closed ${cause.code}`),
    ...options,
  });
  const connect = async () => {
    const transport = await network.dial(server.endpoint, { signal: new AbortController().signal });
    return new Peer(transport as never);
  };
  return { network, clock, seen, server, connect };
}

/** A bare peer in memory. */
class Peer {
  readonly transport: ReturnType<typeof memoryPair>[0];
  received = '';
  ended = false;
  cause: FairleadError | undefined;
  constructor(transport: ReturnType<typeof memoryPair>[0]) {
    this.transport = transport;
    transport.start({
      onData: (chunk) => {
        this.received += chunk;
      },
      onDrain: () => {},
      onEnd: () => {
        this.ended = true;
      },
      onClosed: (cause) => {
        this.cause = cause;
      },
    });
    transport.resume();
  }
  send(bytes: string): void {
    this.transport.write([Buffer.from(bytes)]);
  }
}

describe('serve()', () => {
  it('delivers frames in batches and answers in one write', async () => {
    const { clock, seen, connect, server } = await memoryServer({
      frames: (session, batch) => {
        for (const frame of batch) session.send(frame.toUpperCase());
        assert.ok(session.stats().framesIn > 0);
      },
    });
    const peer = await connect();
    peer.send('one\ntwo\nth');
    await settled();
    peer.send('ree\n');
    await settled();
    assert.equal(peer.received, 'ONE\nTWO\nTHREE\n');
    const [session] = server.sessions;
    assert.deepEqual(session?.stats(), {
      bytesIn: 14,
      bytesOut: 14,
      framesIn: 3,
      framesOut: 3,
      writeBufferPeak: 0,
      backlog: 0,
      pending: 0,
      bytesSkipped: 0,
      framesDropped: 0,
      framesTimedOut: 0,
      lastActivity: clock.now(),
    });
    assert.deepEqual(seen, []);
    await server.destroy();
  });

  it('lets accept() identify the peer, and change the framing from the next byte on', async () => {
    const raw = {
      name: 'raw',
      decoder: () => ({
        decode: (w: import('../../src/index.ts').ByteWindow) => w.take(w.length).toString(),
      }),
      encoder: text.encoder,
    };
    const { seen, connect, server } = await memoryServer<{ who: string }>({
      accept: async (session) => {
        const who = await session.receive();
        session.send(`hello ${who}`);
        session.use(raw);
        return { who };
      },
    });
    const peer = await connect();
    peer.send('ann\nno line end');
    await settled();
    assert.equal(peer.received, 'hello ann\n');
    assert.deepEqual(seen, ['session-1 no line end']);
    assert.deepEqual(
      [...server.sessions].map((s) => s.data.who),
      ['ann'],
    );
    await server.destroy();
  });

  it('times the peer in its handshake, but not our own look-ups', async () => {
    let answer: (() => void) | undefined;
    const { clock, seen, connect, server } = await memoryServer<string>({
      limits: { handshake: '5s' },
      accept: async (session) => {
        const first = await session.receive();
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        return first + (await session.receive());
      },
    });
    const slow = await connect();
    await clock.advance(4_000);
    slow.send('a\n');
    await clock.advance(60_000); // our look-up takes a minute
    assert.deepEqual(seen, []);
    answer?.();
    await clock.advance(999);
    assert.deepEqual(seen, []);
    await clock.advance(1);
    await settled();
    assert.deepEqual(seen, ['session-1 closed HANDSHAKE_TIMEOUT']);
    assert.equal(slow.cause?.code, 'PEER_RESET');
    await server.destroy();
  });

  it('refuses beyond its limits, with a code each', async () => {
    const { seen, connect, server } = await memoryServer<undefined>({
      limits: { sessions: 3, perAddress: 2 },
      accept: async (session) => {
        await session.receive();
        return undefined;
      },
    });
    const [first] = [await connect(), await connect(), await connect()];
    await settled();
    assert.deepEqual(seen, ['session-3 closed TOO_MANY_FROM_ADDRESS']);
    first?.send('in\n'); // one fewer in its handshake
    await settled();
    await connect();
    await connect();
    await settled();
    assert.deepEqual(seen.slice(1), ['session-5 closed TOO_MANY_SESSIONS']);
    await server.destroy();
  });

  fault(
    {
      name: 'A device is silent while we send to it',
      where: 'device',
      happens: 'Its link is closed after the time that the listener allows; our own pauses do not count.',
      code: 'IDLE_TIMEOUT',
    },
    async () => {
      const sessions: Session<string, string, undefined>[] = [];
      const { clock, seen, connect, server } = await memoryServer({
        limits: { idle: '20s' },
        accept: (session) => {
          sessions.push(session);
          return undefined;
        },
      });
      const peer = await connect();
      await settled();
      for (let second = 0; second < 15; second++) {
        sessions[0]?.send('poll'); // our own polling hides nothing
        await clock.advance(1_000);
      }
      peer.send('here\n');
      await clock.advance(15_000);
      sessions[0]?.pause();
      await clock.advance(60_000);
      assert.deepEqual(seen, ['session-1 here']);
      sessions[0]?.resume();
      await clock.advance(21_000);
      assert.deepEqual(seen, ['session-1 here', 'session-1 closed IDLE_TIMEOUT']);
      await server.destroy();
    },
  );

  it('delivers what came before garbage, then closes with its code', async () => {
    const { seen, connect, server } = await memoryServer();
    const peer = await connect();
    peer.send('good\n\0bad\ngood\n');
    await settled();
    assert.deepEqual(seen, ['session-1 good', 'session-1 closed FRAME_MAGIC_MISMATCH']);
    assert.ok(peer.cause);
    await server.close();
  });

  it('answers a peer that closed its side, then closes', async () => {
    const { seen, connect, server } = await memoryServer({
      frames: (session, batch) => void batch.map((f) => session.send(f)),
    });
    const peer = await connect();
    peer.send('x\ny\n');
    peer.transport.end();
    await settled();
    assert.equal(peer.received, 'x\ny\n');
    assert.deepEqual(seen, ['session-1 closed PEER_CLOSED']);
    const cut = await connect();
    cut.send('x\nhalf');
    cut.transport.end();
    await settled();
    assert.deepEqual(seen.slice(1), ['session-2 closed FRAME_TRUNCATED']);
    await server.close();
  });

  fault(
    {
      name: 'The handler of one link throws',
      where: 'script',
      happens: 'That link ends with the error; the others go on.',
    },
    async () => {
      const { seen, connect, server } = await memoryServer({
        frames: (_session, batch) => {
          if (batch.includes('boom')) throw new Error('my bug');
        },
      });
      const [bad, good] = [await connect(), await connect()];
      bad.send('boom\n');
      good.send('fine\n');
      await settled();
      assert.deepEqual(seen, ['session-1 closed HANDLER_FAILED']);
      assert.equal(good.cause, undefined);
      const refusing = await memoryServer({ accept: () => Promise.reject(coreErrors.error('ABORTED')) });
      await refusing.connect();
      await settled();
      assert.deepEqual(refusing.seen, ['session-1 closed ABORTED']);
      await Promise.all([server.destroy(), refusing.server.destroy()]);
    },
  );

  fault(
    {
      name: 'A device does not read',
      where: 'device',
      happens: 'A bounded number of bytes waits for it; then its link is closed.',
      code: 'WRITE_BUFFER_FULL',
    },
    async () => {
      const { seen, connect, server } = await memoryServer({
        limits: { writeBuffer: '256KiB' },
        frames: (session) => {
          const line = 'x'.repeat(1_000);
          for (let i = 0; i < 1_000; i++) if (!session.send(line) && session.backlog > 400_000) break;
        },
      });
      const peer = await connect();
      peer.transport.pause();
      peer.send('go\n');
      await settled();
      assert.deepEqual(seen, ['session-1 closed WRITE_BUFFER_FULL']);
      await server.destroy();
    },
  );

  it('says when sending may go on', async () => {
    const sessions: Session<string, string, undefined>[] = [];
    let writable = 0;
    const { connect, server } = await memoryServer({
      accept: (s) => void sessions.push(s) as undefined,
      writable: () => writable++,
    });
    const peer = await connect();
    await settled();
    const [session] = sessions as [Session<string, string, undefined>];
    peer.transport.pause();
    let more = true;
    for (let i = 0; i < 2_000 && more; i++) more = session.send('y'.repeat(500));
    assert.equal(more, false);
    const drained = session.drained();
    const given = assert.rejects(session.drained(AbortSignal.abort()), { code: 'ABORTED' });
    peer.transport.resume();
    await Promise.all([drained, given]);
    assert.equal(writable, 1);
    await session.written();
    session.close();
    assert.equal(session.send('late'), false);
    await assert.rejects(session.drained(), { code: 'LINK_CLOSED' });
    await server.destroy();
  });

  it('closes gracefully: what waits is sent, and all sessions end with SERVER_STOPPED', async () => {
    const { seen, connect, server } = await memoryServer({
      frames: (session, batch) => void batch.map((f) => session.send(f)),
    });
    const peer = await connect();
    peer.send('last\n');
    await settled();
    const closing = server.close();
    await settled();
    peer.transport.end();
    await closing;
    assert.equal(peer.received, 'last\n');
    assert.deepEqual(seen, ['session-1 closed SERVER_STOPPED']);
    await server.close();
    await assert.rejects(connect(), { code: 'CONNECT_REFUSED' });
  });

  it('destroys a session that does not finish closing in its grace', async () => {
    const { clock, seen, connect, server } = await memoryServer({ limits: { closeGrace: '3s' } });
    await connect(); // never ends its side
    await settled();
    const closing = server.close();
    await clock.advance(2_999);
    assert.deepEqual(seen, []);
    await clock.advance(1);
    await closing;
    assert.deepEqual(seen, ['session-1 closed SERVER_STOPPED']);
  });

  it('gives the same frames over a line that slices, throttles, and cuts', async () => {
    const lines = Array.from({ length: 50 }, (_, i) => `line ${i} ${'z'.repeat(i)}`);
    for (const faults of [{ slice: 1 }, { slice: 7 }, { slice: 30, throttle: 10 }]) {
      const clock = new FakeClock();
      const { network, seen, connect, server } = await memoryServer({ clock });
      network.wrap = (transport) =>
        transport.local === '127.0.0.1:1'
          ? new FaultyTransport(transport, { ...faults, clock, seed: 5 })
          : transport;
      const peer = await connect();
      peer.send(lines.map((l) => `${l}\n`).join(''));
      await clock.advance(60_000);
      assert.deepEqual(
        seen,
        lines.map((l) => `session-1 ${l}`),
        JSON.stringify(faults),
      );
      await server.destroy();
    }
    for (const [faults, code] of [
      [{ resetAfter: 100 }, 'PEER_RESET'],
      [{ endAfter: 100 }, 'FRAME_TRUNCATED'],
    ] as const) {
      const { network, seen, connect, server } = await memoryServer();
      network.wrap = (transport) =>
        transport.local === '127.0.0.1:1' ? new FaultyTransport(transport, faults) : transport;
      const peer = await connect();
      peer.send(lines.map((l) => `${l}\n`).join(''));
      await settled();
      assert.equal(seen.at(-1), `session-1 closed ${code}`);
      assert.ok(seen.length > 5);
      await server.destroy();
    }
  });

  it('reads no further than asked for', async () => {
    const { connect, server } = await memoryServer({ frames: undefined as never });
    const peer = await connect();
    await settled();
    const [session] = server.sessions;
    for (let i = 0; i < 100; i++) peer.send(`${'w'.repeat(9_999)}\n`);
    assert.equal((await session?.receive())?.length, 9_999);
    await settled();
    assert.ok((session?.stats().bytesIn ?? 0) <= 80_000, `read ${session?.stats().bytesIn}`);
    let frames = 1;
    for await (const batch of session?.batches() ?? []) {
      frames += batch.length;
      if (frames === 100) peer.transport.end();
    }
    assert.equal(frames, 100);
    await server.close();
  });

  it('survives seeded chaos without a loss of order or an open session', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seeded(seed);
      const { network, seen, connect, server } = await memoryServer();
      network.wrap = (t) =>
        t.local === '127.0.0.1:1'
          ? new FaultyTransport(t, {
              seed,
              slice: 5,
              ...(random() < 0.5 ? { resetAfter: Math.floor(random() * 300) } : {}),
            })
          : t;
      const peers = await Promise.all(Array.from({ length: 5 }, connect));
      for (const peer of peers) for (let i = 0; i < 20; i++) peer.send(`n${i}\n`);
      await settled();
      for (const peer of peers) peer.transport.end();
      await settled();
      for (let id = 1; id <= 5; id++) {
        const mine = seen.filter((s) => s.startsWith(`session-${id} `));
        const frames = mine.filter((s) => s.includes(' n'));
        assert.deepEqual(
          frames,
          frames.map((_, i) => `session-${id} n${i}`),
        );
        assert.match(mine.at(-1) ?? '', /closed (PEER_CLOSED|PEER_RESET)$/);
      }
      assert.equal(server.sessions.size, 0);
      await server.close();
    }
  });
});

describe('serve() over sockets', () => {
  it('binds a free port, serves, and frees the port on close', async () => {
    const server = await serve('127.0.0.1:0', {
      codec: text,
      frames: (session, batch) => void batch.map((f) => session.send(f)),
    });
    const socket = net.connect((server.endpoint as { port: number }).port, '127.0.0.1');
    socket.end('ping\n');
    let received = '';
    for await (const chunk of socket) received += chunk;
    assert.equal(received, 'ping\n');
    await assert.rejects(serve(server.address, { codec: text }), { code: 'PORT_IN_USE' });
    const address = server.address;
    await server.close();
    await (await serve(address, { codec: text })).close();
  });

  it('tells a reset from a close', async () => {
    const causes: string[] = [];
    const server = await serve('127.0.0.1:0', {
      codec: text,
      closed: (_s, cause) => causes.push(cause.code),
      frames: () => {},
    });
    const port = (server.endpoint as { port: number }).port;
    const socket = net.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.resetAndDestroy();
    while (causes.length < 1) await settled();
    net.connect(port, '127.0.0.1').end();
    while (causes.length < 2) await settled();
    assert.deepEqual(causes, ['PEER_RESET', 'PEER_CLOSED']);
    await server.close();
  });

  it('says why it cannot listen', async () => {
    await assert.rejects(serve('192.0.2.1:0', { codec: text }), {
      code: 'LISTEN_FAILED',
      message: /does not have that address/,
    });
    await assert.rejects(serve('127.0.0.1:0', { codec: text, limits: { sesions: 1 } as never }), {
      code: 'OPTION_UNKNOWN',
      message: /"sessions"/,
    });
  });

  it('listens on a Unix socket', async () => {
    const path = `/tmp/fairlead-test-${process.pid}.sock`;
    const server = await serve(`unix:${path}`, {
      codec: text,
      frames: (session, batch) => void batch.map((f) => session.send(f)),
    });
    const socket = net.connect(path);
    socket.end('u\n');
    let received = '';
    for await (const chunk of socket) received += chunk;
    assert.equal(received, 'u\n');
    await server.close();
  });
});

it('a link tells both its sides apart in a pair', () => {
  const [a, b] = memoryPair('near:1', 'far:2');
  const owner = { frames() {}, closed() {} };
  const link = new FramedLink(a, text, owner, { clock: new FakeClock(), writeBuffer: 1, closeGrace: 1 });
  assert.equal(link.remote, 'far:2');
  assert.equal(b.remote, 'near:1');
});
