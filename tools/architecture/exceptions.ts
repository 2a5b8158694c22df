/** Files that may do what the others may not, and why. One that does not need it any more is a finding, too. */
export type Exceptions = Readonly<Record<string, string>>;

/** Besides `packages/tcp/src/link/{tcp,tls}.ts`. */
export const sockets: Exceptions = {
  'packages/bus/src/embedded/listener.ts':
    'the broker library reads and writes the raw socket; framing, limits and backpressure of MQTT are its own',
  'packages/indi/src/connection/udp.ts':
    'datagrams have no stream to frame and no link to keep: the second type of the TCP plugin, and used nowhere else',
  'packages/testkit/src/peers.ts':
    'looks for free ports and for daemons that accept, from outside the library',
};

export const moduleState: Exceptions = {
  'packages/sandbox/src/child.ts': 'the main program of the script process, not a module that others import',
};
