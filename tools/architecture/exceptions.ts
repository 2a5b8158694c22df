/** Files that are exempt from a rule, with the reason. An exception that is no longer needed is a finding too. */
export type Exceptions = Readonly<Record<string, string>>;

/** In addition to `packages/tcp/src/link/{tcp,tls}.ts`. */
export const sockets: Exceptions = {
  'packages/bus/src/embedded/listener.ts':
    'the broker library reads and writes the raw socket; framing, limits and backpressure of MQTT are its own',
  'packages/indi/src/connection/udp.ts':
    'datagrams have no stream to frame and no link to keep: the second type of the TCP plugin, and used nowhere else',
  'packages/indi/src/hub/pipe.ts':
    'the only stream of Node that reads a pipe without holding a thread; nothing of it is a network',
  'packages/testkit/src/cable.ts':
    'stands between programs from outside, and must do to their sockets what a link never does',
  'packages/testkit/src/peers.ts':
    'looks for free ports and for daemons that accept, from outside the library',
};

export const moduleState: Exceptions = {
  'packages/sandbox/src/child.ts': 'the main program of the script process, not a module that others import',
};

/** Files with exports that no import shows. */
export const usedWithoutImport: Exceptions = {
  'packages/cli/src/driver/templates.ts': 'the files of a new driver, as text',
  'packages/cli/src/sim/device.ts': 'the scripts of the simulated devices, as text',
  'packages/sandbox/src/isolate/prelude.ts': 'runs in the isolate, where it is called by its name',
};
