import { defineLimits } from '@fairlead/core';

export const cliLimits = defineLimits('cli', {
  input: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning: 'Largest script, framing or message read from a file or stdin. Beyond it INPUT_TOO_LARGE.',
  },
  importFile: {
    value: 2 ** 26,
    unit: 'bytes',
    meaning:
      'Largest file of connections, tasks, triggers or jobs that is imported. Beyond it INPUT_TOO_LARGE.',
  },
  page: {
    value: 500,
    unit: 'items',
    meaning: 'Devices asked for at once; "device ls" asks until it has all of them.',
  },
  links: { value: 10_000, unit: 'items', meaning: 'Most links that "link ls" shows.' },
  simDevices: {
    value: 10_000,
    unit: 'items',
    meaning: 'Most devices that one "sim" simulates.',
    option: '--devices',
  },
  simRate: {
    value: 1_000,
    unit: 'per second',
    meaning: 'Most readings a second of one simulated device.',
    overAll: '`cli.simDevices` times as many',
    option: '--rate',
  },
  simBatch: {
    value: 200,
    unit: 'items',
    meaning: 'Simulated devices that are registered or removed before "sim" looks whether it should stop.',
  },
  simConnect: {
    value: 15_000,
    unit: 'ms',
    meaning: 'Time for the first simulated device to be let in. Then CONNECT_TIMEOUT or why it was refused.',
  },
  wireClose: {
    value: 250,
    unit: 'ms',
    meaning:
      'Time that "dial" and "listen", when they are done, give a peer to close as well, before the connection is cut.',
  },
  listenWaiting: {
    value: 16,
    unit: 'items',
    meaning:
      'Clients that wait until "listen" has served the one before them. One more is closed with TOO_MANY_SESSIONS.',
  },
  listenClients: {
    value: 1_000,
    unit: 'items',
    meaning:
      'Clients of "listen" at the same time: served, waiting, and those that agree on keys. One more is closed with TOO_MANY_SESSIONS.',
  },
  listenStall: {
    value: 5_000,
    unit: 'ms',
    meaning:
      'Time that a client of "listen --keep-open" which does not read holds up the others. Then it is closed with WRITE_BUFFER_FULL.',
  },
  signalPause: {
    value: 1_000,
    unit: 'ms',
    meaning:
      'Signals within this time of the first count as the same one (a terminal and npm may both send it); a later one ends the process at once.',
  },
  readyWait: {
    value: 2_000,
    unit: 'ms',
    meaning:
      'Time that "serve" waits for what connects right after the start, before it says that it is ready or what is missing.',
  },
  readyCheck: {
    value: 50,
    unit: 'ms',
    meaning: 'How often "serve" looks within readyWait whether it is ready.',
  },
  exitGrace: {
    value: 2_000,
    unit: 'ms',
    meaning: 'Time that a finished command leaves what is still open to end by itself.',
  },
  indiDefine: {
    value: 2_000,
    unit: 'ms',
    meaning: 'Time that "indi get" waits for a first definition.',
    option: '-W',
  },
  indiQuiet: {
    value: 500,
    unit: 'ms',
    meaning: 'Silence after which "indi get" takes what was defined for everything.',
  },
  indiSet: {
    value: 10_000,
    unit: 'ms',
    meaning: 'Time that "indi set" waits for the driver.',
    option: '-W',
  },
});
