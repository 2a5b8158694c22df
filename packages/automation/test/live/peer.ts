/** A peer by hand, over real sockets. */
import { once } from 'node:events';
import net from 'node:net';

export interface ScriptedPeer extends AsyncDisposable {
  readonly port: number;
  readonly sockets: net.Socket[];
}

/** Listens on a free port and hands each socket to `talk`. */
export async function listenPeer(talk: (socket: net.Socket) => void): Promise<ScriptedPeer> {
  const sockets: net.Socket[] = [];
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    talk(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as net.AddressInfo).port,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A client that says things and hears answers. */
export class Caller implements AsyncDisposable {
  readonly socket: net.Socket;
  #heard = '';
  #waiting: (() => void)[] = [];
  closed = false;

  constructor(port: number) {
    this.socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.socket.on('data', (bytes) => {
      this.#heard += bytes.toString('latin1');
      this.#wake();
    });
    this.socket.on('end', () => {
      this.closed = true;
      this.#wake();
    });
    this.socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
    this.socket.on('error', () => {});
  }

  #wake(): void {
    for (const run of this.#waiting.splice(0)) run();
  }

  say(text: string | Uint8Array): void {
    this.socket.write(text);
  }

  /** Resolves once this was heard; it is taken. */
  async hear(text: string): Promise<void> {
    while (!this.#heard.includes(text)) {
      if (this.closed) throw new Error(`closed before "${text}"; heard "${this.#heard}"`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#heard = this.#heard.slice(this.#heard.indexOf(text) + text.length);
  }

  async end(): Promise<void> {
    while (!this.closed) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
  }
}
