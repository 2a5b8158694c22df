/** A program in a strict project. `packages.test.ts` compiles it against the packed library. */

import {
  type MessageHandler,
  messagePack,
  type ReceivedMessage,
  TcpClient,
  TcpServer,
} from '@fairlead/messaging';
import {
  type Client,
  connect,
  isHttpRequestHead,
  json,
  line,
  type PoolFactory,
  pool,
  type Session,
  serve,
} from '@fairlead/tcp';

interface Command {
  readonly open: string;
}
interface Done {
  readonly done: boolean;
}

/** Only for the compiler. */
export async function compiled(signal: AbortSignal): Promise<void> {
  const server = await serve<string, string, { name: string }>('127.0.0.1:0', {
    codec: line({ max: '4KiB' }),
    limits: { idle: '1m' },
    accept: async (session) => ({ name: await session.receive({ signal }) }),
    frames: (session, batch) => batch.forEach((text) => void session.send(`${session.data.name} ${text}`)),
  });
  const first: Session<string, string, { name: string }> | undefined = server.session('session-1');
  first?.send('hello');

  const client: Client<Command> = connect('tls://plc-7.local:4001', {
    codec: json<Command>(),
    tls: { ca: 'ca.pem' },
    correlate: { key: ({ open }: Command) => open, keyOf: ({ open }: Command) => open },
  });
  const reply: Command = await client.request({ open: 'valve-3' }, { timeout: '1s', signal });
  reply.open.toUpperCase();
  // @ts-expect-error the codec says what may be sent
  client.send({ open: 3 });

  const clients = pool<string>('127.0.0.1:4001', { codec: line(), max: 3, validate: async () => true });
  (await clients.request('PING')).toUpperCase();
  const factory: PoolFactory<string> = {
    open: async () => 'one',
    close: async () => {},
    destroy: async () => {},
  };
  await factory.open(signal, () => {});

  const press = new TcpServer({ source: 'press', codec: messagePack(), inbox: { size: '1MiB' } });
  press.registerMessageHandler('command', (message: ReceivedMessage<Command>) => {
    press.respond(message, { done: message.data.open === 'valve-3' });
  });
  const handler: MessageHandler<Command> = async ({ data }) => data.open;
  press.registerMessageHandler('configuration', handler);
  press.registerMessageHandler<Done>('status', ({ data }) => data.done);
  press.registerMessageHandler('data', ({ data }) => {
    // @ts-expect-error without a type the data is unknown
    data.open;
  });
  const panel = new TcpClient({ source: 'panel', connection: { reconnect: { max: '5s' } } });
  const answer = await panel.request<Done>({ open: 'valve-3' }, { priority: 3 }, { timeout: '5s', signal });
  const isDone: boolean = answer.data.done;
  const asked = await press.requestFromClient<Done>('client-1', 'ready?');
  const received = await panel.receive<Done>('1s', { signal });
  const untyped: unknown = (await panel.request(1)).data;
  console.log(isDone, asked.data.done, received.data.done, untyped, isHttpRequestHead(new Uint8Array(1)));
}
