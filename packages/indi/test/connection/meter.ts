import { line, type Server, type Session, serve } from '@fairlead/tcp';
import { ConnectionMode, DefaultDevice, TcpConnection, type TcpConnectionOptions } from '../../src/index.ts';

export type Options = Partial<TcpConnectionOptions<string, string>>;

/** A driver that asks its device who it is, and polls one number. */
export class Meter extends DefaultDevice {
  readonly tcp: TcpConnection;
  readonly reading = this.numbers('READING', { perm: 'ro', members: { VALUE: {} } });
  readonly command = this.texts('SEND', { members: { TEXT: {} } });
  polling = true;

  constructor(options: Options = {}) {
    super('Meter');
    this.addAuxControls();
    this.tcp = new TcpConnection<string>(this, {
      codec: line({ max: '1KiB' }),
      requestTimeout: 200,
      retry: { attempts: 1 },
      ...options,
    });
    this.tcp.registerHandshake(async (link) => (await link.request('ID?')).startsWith('METER'));
    this.setConnectionMode(ConnectionMode.Tcp);
    this.registerConnection(this.tcp);
    this.command.onNew(async ({ TEXT }) => {
      this.command.update({ TEXT: await this.link.request(TEXT) });
      return 'shown';
    });
  }

  override updateProperties(): void {
    if (this.connected) this.define(this.reading, this.command);
    else this.remove(this.reading, this.command);
  }

  override async poll(): Promise<void> {
    if (this.polling) this.reading.update({ VALUE: Number(await this.link.request('READ?')) });
  }
}

export type TestServer = Server<string, string, undefined>;
export type Answer = (command: string, session: Session<string, string, undefined>) => string | undefined;
export const usual: Answer = (command) =>
  command === 'ID?' ? 'METER 1' : command === 'READ?' ? '42' : `re ${command}`;

/** The device. */
export function device(answer: Answer = usual, endpoint = 'tcp://127.0.0.1:0'): Promise<TestServer> {
  return serve<string>(endpoint, {
    codec: line(),
    frames(session, batch) {
      for (const command of batch) {
        const reply = answer(command, session as never);
        if (reply !== undefined) session.send(reply);
      }
    },
  }) as Promise<TestServer>;
}

export const portOf = (server: TestServer): number => Number(server.address.split(':').at(-1));
