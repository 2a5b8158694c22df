/** The faults of `fairlead sim`, all at once, each with devices of its own; and one device beside them that does nothing wrong. */
import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { eventually, fault, freePort } from '@fairlead/testkit';
import { BareDevice, packet, RunningService } from '../running.ts';

/** Each fault with a profile of its own, so that its devices and their links are told from the others. */
const PROFILES = {
  split: 'h02',
  glue: 'teltonika',
  stall: 'jt808',
  reset: 'gbt32960',
  'half-open': 'hj212',
  'bad-checksum': 'gt06',
  slow: 'watch',
  flood: 'tk103',
} as const;
const PATIENCE = 40_000;

interface Link {
  readonly device?: string;
  readonly state: string;
  readonly code?: string;
  readonly framesIn: number;
  readonly refusals: Readonly<Record<string, number>>;
}

const running: ChildProcess[] = [];
let service: RunningService;
let good: BareDevice;
let sent = 0;

before(async () => {
  const port = await freePort();
  const profiles = Object.values(PROFILES).join(', ');
  const config = `listeners:\n  field: {listen: "127.0.0.1:${port}", profiles: [${profiles}]}\n`;
  service = await RunningService.start({}, undefined, config);
  good = await BareDevice.dial(service.ports.official);
  good.send(packet(0, 0, await service.add('good', '--ack', '06')));
  for (const [name, profile] of Object.entries(PROFILES))
    running.push(
      service.sim(profile, '--devices', '2', '--rate', '20', '--fault', name, '--port', `${port}`),
    );
});

after(async () => {
  for (const sim of running) sim.kill('SIGKILL');
  good?.[Symbol.dispose]();
  await service?.[Symbol.asyncDispose]();
});

async function links(name: keyof typeof PROFILES): Promise<Link[]> {
  const token = (await readFile(join(service.folder, 'admin-token'), 'utf8')).trim();
  const answer = await fetch(`http://127.0.0.1:${service.ports.http}/api/v1/links`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const all = (await answer.json()) as Link[];
  return all.filter(({ device }) => device?.startsWith(`sim-${PROFILES[name]}-`));
}

/** Waits for what the fault must lead to; the device beside it is acknowledged all the while. */
async function leadsTo(
  name: keyof typeof PROFILES,
  right: (links: readonly Link[]) => boolean,
): Promise<void> {
  let last: Link[] = [];
  await eventually(
    async () => {
      last = await links(name);
      return right(last);
    },
    `what "${name}" leads to`,
    PATIENCE,
  ).catch((error) => {
    throw new Error(`${error.message}: ${JSON.stringify(last).slice(0, 500)}`);
  });
  good.send(packet(0, 1, JSON.stringify({ n: ++sent })));
  await eventually(() => good.received.length === sent, 'the device beside it is acknowledged');
}

const frames = (all: readonly Link[]): number => all.reduce((sum, { framesIn }) => sum + framesIn, 0);
const open = (all: readonly Link[]): boolean => all.some(({ state }) => state === 'open');
const goesOn = (all: readonly Link[], least = 8): boolean => open(all) && frames(all) >= least;

fault(
  {
    name: 'Frames arrive in pieces (sim: split)',
    where: 'network',
    happens: 'They are joined; the link goes on.',
  },
  () => leadsTo('split', goesOn),
);

fault(
  {
    name: 'Several frames arrive in one piece (sim: glue)',
    where: 'network',
    happens: 'They are taken apart; the link goes on.',
  },
  () => leadsTo('glue', goesOn),
);

fault(
  {
    name: 'A device stops in the middle of a frame for a while (sim: stall)',
    where: 'device',
    happens: 'The rest is waited for, within the time of the framing; the link goes on.',
  },
  () => leadsTo('stall', goesOn),
);

fault(
  {
    name: 'A device resets its link again and again (sim: reset)',
    where: 'network',
    happens: 'Each link ends with its code, and the device is let in again.',
    code: 'PEER_RESET',
  },
  () => leadsTo('reset', (all) => all.some(({ code }) => code === 'PEER_RESET') && goesOn(all)),
);

fault(
  {
    name: 'A device is gone without an end to its link, and comes back (sim: half-open)',
    where: 'network',
    happens: 'The new link takes the place of the old one.',
    code: 'SESSION_REPLACED',
  },
  () => leadsTo('half-open', (all) => all.some(({ code }) => code === 'SESSION_REPLACED') && goesOn(all)),
);

fault(
  {
    name: 'Frames have a wrong checksum (sim: bad-checksum)',
    where: 'network',
    happens: 'They are skipped; the frames after them are read, and the link goes on.',
  },
  () => leadsTo('bad-checksum', (all) => goesOn(all, 50)),
);

fault(
  {
    name: 'A device writes very slowly (sim: slow)',
    where: 'device',
    happens: 'Its frames are taken when they are complete; others do not wait for them.',
  },
  () => leadsTo('slow', (all) => goesOn(all, 4)),
);

fault(
  {
    name: 'A device sends a thousand frames at once (sim: flood)',
    where: 'device',
    happens: 'They are taken in order, at the pace of the bus; others are acknowledged meanwhile.',
  },
  () => leadsTo('flood', (all) => goesOn(all, 1_000)),
);
