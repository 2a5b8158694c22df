import { FakeClock, MemoryNetwork } from '@fairlead/testkit';
import { type ClientOptions, connect, type ServeOptions, serve } from '../../src/index.ts';
import { text } from '../text-codec.ts';

export const AT = '127.0.0.1:9';

/** A network in memory with a fake clock, a server that answers `re ...`, and a client; what they see is written down. */
export function world() {
  const network = new MemoryNetwork();
  const clock = new FakeClock();
  const heard: string[] = [];
  const states: string[] = [];
  return {
    network,
    clock,
    heard,
    states,
    serve: (options: Partial<ServeOptions<string, string, undefined>> = {}) =>
      serve<string>(AT, {
        codec: text,
        clock,
        listen: network.listen,
        frames: (session, batch) => {
          heard.push(...batch);
          for (const frame of batch) session.send(`re ${frame}`);
        },
        ...options,
      }),
    connect: (options: Partial<ClientOptions<string, string>> = {}) => {
      const client = connect<string>(AT, {
        codec: text,
        clock,
        dial: network.dial,
        random: () => 0.5,
        ...options,
      });
      client.on('state', ({ to, cause }) => states.push(cause === undefined ? to : `${to} ${cause.code}`));
      return client;
    },
  };
}
