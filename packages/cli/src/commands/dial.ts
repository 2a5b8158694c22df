import {
  coreErrors,
  type Endpoint,
  type FairleadError,
  formatEndpoint,
  parseEndpoint,
  pause,
  untilAborted,
} from '@fairlead/core';
import { type DialOptions, type Transport, tcpLimits } from '@fairlead/tcp';
import { dialEndpoint } from '@fairlead/tcp/internal';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { cliLimits } from '../limits.ts';
import type { Terminal } from '../terminal.ts';
import { Exchange, endingOf } from '../wire/exchange.ts';
import { Peer } from '../wire/peer.ts';
import { type Plan, planOf, type WireOptions, wireOptions } from '../wire/plan.ts';
import { dialSettings, dialTlsOptions, endpointWith, type TlsFlags } from '../wire/tls.ts';

export function dialCommand(context: Context): CliCommand {
  const command = new CliCommand('dial')
    .argument('<endpoint>', 'tcp://host:port, host:port, tls://host:port or unix:/path')
    .example('fairlead dial towel.example:23', 'connect to a peer; Ctrl-C ends')
    .example(
      "fairlead dial meter:4001 --send '*IDN?\\n' --expect ACME -W 5",
      'send a query and check the answer',
    )
    .example(
      'fairlead dial 127.0.0.1:7653 --framing tp -v -x --send hex:54500000',
      'show the traffic in both directions',
    )
    .example(
      'fairlead dial tls://plc.local:4002 --ca plant.pem',
      'use TLS with your own certificate authority',
    )
    .example('fairlead dial host:23 --encoding cp037 --crlf', 'connect to a peer that uses EBCDIC')
    .example('fairlead dial -N backup:9000 < archive.tar', 'send a file and wait until the peer closes');
  for (const option of [...wireOptions(), ...dialTlsOptions()]) command.addOption(option);
  return command.action(async (endpoint: string, options: WireOptions & TlsFlags, self: CliCommand) => {
    const plan = await planOf(options, self, { peers: false });
    const to = endpointWith(options, parseEndpoint(endpoint), self);
    await dial(context.terminal, to, plan, to.protocol === 'tls' ? dialSettings(options, self) : undefined);
  });
}

async function dial(
  terminal: Terminal,
  endpoint: Endpoint,
  plan: Plan,
  tls: DialOptions['tls'],
): Promise<void> {
  using exchange = new Exchange(terminal, plan);
  const transport = await connected(terminal, endpoint, { tls, wait: plan.wait }, exchange);
  if (transport === undefined) return exchange.result();
  const owner = {
    received: (from: Peer, pieces: Buffer[]) => exchange.received(from, pieces),
    closed: (_: Peer, cause: FairleadError) => {
      if (plan.marks) terminal.err(`${endingOf(cause)}\n`);
      exchange.end({ by: 'peer', cause });
    },
  };
  const peer = new Peer(transport, plan.codec, owner, terminal.clock);
  if (plan.marks) terminal.err(`Connected to ${peer.remote}.\n`);
  exchange.begin();
  peer.resume();
  void talk(exchange, peer, plan);
  await untilAborted(exchange.over.signal);
  await closed(peer, terminal);
  await exchange.gone(peer);
  exchange.result();
}

/** The connection; undefined if the command ended before it was established. */
async function connected(
  terminal: Terminal,
  endpoint: Endpoint,
  { tls, wait }: { readonly tls: DialOptions['tls']; readonly wait: number | undefined },
  exchange: Exchange,
): Promise<Transport | undefined> {
  const { connect } = tcpLimits.values;
  const limit = Math.min(connect, wait ?? connect);
  const attempt = new AbortController();
  const late = () =>
    attempt.abort(coreErrors.error('CONNECT_TIMEOUT', { endpoint: formatEndpoint(endpoint), limit }));
  const timer = terminal.clock.after(limit, late);
  const stop = () => attempt.abort(coreErrors.error('ABORTED'));
  terminal.interrupted.addEventListener('abort', stop, { once: true });
  try {
    return await dialEndpoint(endpoint, { signal: attempt.signal, tls });
  } catch (error) {
    exchange.end({ by: 'failure', error });
    return undefined;
  } finally {
    terminal.clock.clear(timer);
    terminal.interrupted.removeEventListener('abort', stop);
  }
}

/** Sends the messages of the command line, or stdin. */
async function talk(exchange: Exchange, peer: Peer, plan: Plan): Promise<void> {
  try {
    for (const message of plan.send) await exchange.send(peer, message);
  } catch (error) {
    return exchange.end({ by: 'failure', error });
  }
  const ended = () => {
    if (plan.halfClose) peer.halfClose();
  };
  await exchange.feed((message) => exchange.send(peer, message), ended);
}

/** Closes gracefully, so that sent data arrives, unless this takes too long or the user interrupts it. */
async function closed(peer: Peer, { clock, interrupted }: Terminal): Promise<void> {
  peer.close();
  await Promise.race([peer.ended, pause(clock, cliLimits.values.wireClose, interrupted)]);
  peer.destroy();
  await peer.ended;
}
