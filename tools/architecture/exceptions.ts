/** Files that are exempt from a rule, with the reason. An exception that is no longer needed is a finding too. */
export type Exceptions = Readonly<Record<string, string>>;

/** In addition to `packages/tcp/src/link/{tcp,tls}.ts`. */
export const sockets: Exceptions = {
  'packages/bus/src/embedded/listener.ts':
    'the broker library reads and writes the raw socket; it has its own framing, limits and backpressure for MQTT',
  'packages/indi/src/connection/udp.ts':
    'datagrams have no stream to frame and no link to keep: the second type of the TCP plugin, and used nowhere else',
  'packages/indi/src/hub/pipe.ts':
    'the only stream of Node that reads a pipe without blocking a thread; it is not used for a network',
  'packages/tcp/src/link/tls-gate.ts':
    'the TLS handshake of sockets that tls.ts accepts; a file of its own, because it is another job',
  'packages/tcp/src/link/tls-material.ts': 'makes the contexts of TLS, and opens no socket',
  'packages/testkit/src/cable.ts':
    'a proxy between other programs, which must treat their sockets in ways that a link does not support',
  'packages/testkit/src/program.ts': 'sees whether the port of a third-party program accepts connections',
  'packages/testkit/src/peers.ts': 'looks for free ports, from outside the library',
};

export const moduleState: Exceptions = {
  'packages/sandbox/src/child.ts': 'the main program of the script process, not a module that others import',
};

/** Files with exports that no import shows. */
export const usedWithoutImport: Exceptions = {
  'packages/cli/src/driver/templates.ts': 'the files of a new driver, as text',
  'packages/cli/src/sim/device.ts': 'the scripts of the simulated devices, as text',
  'packages/sandbox/src/isolate/prelude.ts': 'runs in the isolate, where it is called by name',
};
