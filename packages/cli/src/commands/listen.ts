import { type Endpoint, formatEndpoint, parseEndpoint, untilAborted } from '@fairlead/core';
import type { ListenOptions as SocketOptions } from '@fairlead/tcp';
import { listenEndpoint } from '@fairlead/tcp/internal';
import { Option } from 'commander';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import type { Terminal } from '../terminal.ts';
import { Crowd } from '../wire/crowd.ts';
import { Exchange } from '../wire/exchange.ts';
import { type Plan, planOf, type WireOptions, wireOptions } from '../wire/plan.ts';
import { endpointWith, listenSettings, listenTlsOptions, type TlsFlags } from '../wire/tls.ts';

interface ListenOptions extends WireOptions, TlsFlags {
  readonly keepOpen?: boolean;
  readonly once?: boolean;
}

export function listenCommand(context: Context): CliCommand {
  const command = new CliCommand('listen')
    .argument(
      '<endpoint>',
      'tcp://host:port, tls://host:port or unix:/path; :port listens on all addresses, port 0 takes a free port',
    )
    .example('fairlead listen :9000', 'listen on all addresses until Ctrl-C')
    .example('fairlead listen --once 127.0.0.1:9000 > received.bin', 'save what one client sends')
    .example(
      "fairlead listen :4001 --framing line --send 'hello' -v",
      'greet each client and show the lines in both directions',
    )
    .example('fairlead listen --keep-open :9000 < news.txt', 'send the same data to all connected clients');
  command.addOption(
    new Option('-k, --keep-open', 'serve all clients at the same time; each client receives stdin'),
  );
  command.addOption(new Option('--once', 'end after the first client has disconnected'));
  for (const option of [...wireOptions(), ...listenTlsOptions()]) command.addOption(option);
  return command.action(async (endpoint: string, options: ListenOptions, self: CliCommand) => {
    const plan = await planOf(options, self, { peers: true });
    const at = endpointWith(options, parseEndpoint(endpoint), self);
    const tls = at.protocol === 'tls' ? listenSettings(options, self) : undefined;
    await listen(context.terminal, at, plan, { ...options, tls });
  });
}

async function listen(
  terminal: Terminal,
  endpoint: Endpoint,
  plan: Plan,
  options: Pick<ListenOptions, 'keepOpen' | 'once'> & { readonly tls: SocketOptions['tls'] },
): Promise<void> {
  const { keepOpen: together = false, once = false, tls } = options;
  using exchange = new Exchange(terminal, plan);
  const crowd = new Crowd(terminal, plan, exchange, { together, once });
  const acceptor = await listenEndpoint(endpoint, { tls }, (transport) => crowd.accept(transport));
  terminal.err(`Listening at ${formatEndpoint(acceptor.endpoint)}.\n`);
  exchange.begin();
  void exchange.feed(
    (message) => crowd.send(message),
    () => crowd.inputEnded(),
  );
  await untilAborted(exchange.over.signal);
  await acceptor.close();
  await crowd.close();
  exchange.result();
}
