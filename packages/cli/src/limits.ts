import { defineLimits } from '@fairlead/core';

export const cliLimits = defineLimits('cli', {
  input: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning: 'Largest script, framing or message read from a file or stdin. Beyond it, INPUT_TOO_LARGE.',
  },
  importFile: {
    value: 2 ** 26,
    unit: 'bytes',
    meaning:
      'Largest file of connections, tasks, triggers or jobs that is imported. Beyond it, INPUT_TOO_LARGE.',
  },
  captureLine: {
    value: 2 ** 25,
    unit: 'bytes',
    meaning: 'Longest line of a capture that is replayed. Beyond it, INPUT_TOO_LARGE.',
  },
  notify: {
    value: 10_000,
    unit: 'ms',
    meaning: 'Time that `systemd-notify` may take. Then its message counts as lost.',
  },
  page: {
    value: 500,
    unit: 'items',
    meaning: 'Devices in one request of "device ls", which sends requests until it has all devices.',
  },
  profileExamples: {
    value: 60_000,
    unit: 'ms',
    meaning:
      'Time that "profile add" gives the service to run the examples, added to the usual time of a request.',
  },
  watchPause: {
    value: 200,
    unit: 'ms',
    meaning: 'Shortest time between two requests of a list with --watch.',
    option: '--watch',
  },
  completion: {
    value: 500,
    unit: 'ms',
    meaning:
      'Time for the service to name what a completion of a shell offers. Beyond it, nothing is offered.',
  },
  completions: { value: 200, unit: 'items', meaning: 'Largest number of names that a completion offers.' },
  links: { value: 10_000, unit: 'items', meaning: 'Largest number of links that "link ls" shows.' },
  simDevices: {
    value: 10_000,
    unit: 'items',
    meaning: 'Largest number of devices that one "sim" simulates.',
    option: '--devices',
  },
  simRate: {
    value: 1_000,
    unit: 'per second',
    meaning: 'Largest number of readings per second of one simulated device.',
    overAll: '`cli.simDevices` times this',
    option: '--rate',
  },
  simBatch: {
    value: 200,
    unit: 'items',
    meaning: 'Simulated devices that are registered or removed before "sim" checks whether it should stop.',
  },
  simConnect: {
    value: 15_000,
    unit: 'ms',
    meaning:
      'Time until the first simulated device is accepted. Then CONNECT_TIMEOUT, or the reason of the refusal.',
  },
  simWaiting: {
    value: 64,
    unit: 'items',
    meaning:
      'Readings of a simulated device that wait while a fault delays an earlier one. Further ones are held back.',
  },
  simReply: {
    value: 2_000,
    unit: 'ms',
    meaning: 'Time that a simulated device waits for the reply to its login. Then it goes on without.',
  },
  simAbandoned: {
    value: 2,
    unit: 'items',
    meaning:
      'Links that a simulated device leaves half open (--fault half-open). The oldest is closed when there is one more.',
  },
  simLinks: {
    value: 100,
    unit: 'items',
    meaning: 'Links to one simulated device that is dialled. The oldest is closed when there is one more.',
  },
  wireClose: {
    value: 250,
    unit: 'ms',
    meaning:
      'Time that "dial" and "listen" wait at their end for the peer to close too. Then they cut the connection.',
  },
  listenWaiting: {
    value: 16,
    unit: 'items',
    meaning:
      'Clients that wait until "listen" has served the clients before them. One more is closed with TOO_MANY_SESSIONS.',
  },
  listenClients: {
    value: 1_000,
    unit: 'items',
    meaning:
      'Clients of "listen" at the same time: served, waiting, or in the TLS handshake. One more is closed with TOO_MANY_SESSIONS.',
  },
  listenStall: {
    value: 5_000,
    unit: 'ms',
    meaning:
      'Time for which a client of "listen --keep-open" that does not read may delay the others. Then it is closed with WRITE_BUFFER_FULL.',
  },
  signalPause: {
    value: 1_000,
    unit: 'ms',
    meaning:
      'Signals within this time after the first count as one signal, because a terminal and npm may both send it. A later signal ends the process at once.',
  },
  readyWait: {
    value: 2_000,
    unit: 'ms',
    meaning:
      'Time that "serve" waits for its outgoing connections after the start, before it reports that it is ready or what is missing.',
  },
  readyCheck: {
    value: 50,
    unit: 'ms',
    meaning: 'Interval at which "serve" checks within readyWait whether it is ready.',
  },
  exitGrace: {
    value: 2_000,
    unit: 'ms',
    meaning: 'Time that a finished command gives open resources to close by themselves.',
  },
  indiDefine: {
    value: 2_000,
    unit: 'ms',
    meaning: 'Time that "indi get" waits for the first definition.',
    option: '-W',
  },
  indiQuiet: {
    value: 500,
    unit: 'ms',
    meaning: 'Silence after which "indi get" treats the definitions as complete.',
  },
  indiSet: {
    value: 10_000,
    unit: 'ms',
    meaning: 'Time that "indi set" waits for the driver to finish.',
    option: '-W',
  },
});
