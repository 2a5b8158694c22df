/**
 * Kills the service with `preset: thingspanel`, again and again, at any moment, while devices of the platform send to a listener
 * that journals. At the end, every message that a device was told to be safe must have arrived at the platform, in the order of
 * its device, under its token.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, seeded, startMosquitto } from '@fairlead/testkit';
import { PlatformDouble } from '../interop/thingspanel/platform.ts';
import { kill, later, Sender, startChild } from './journal.ts';
import type { Soak } from './soak.ts';

const DEVICES = 4;
/** Longest life of a service after its start, milliseconds. */
const LIFE = 150;

export const thingspanelSoak: Soak = async ({ rounds, seed, report }) => {
  const random = seeded(seed);
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-soak-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const broker = stack.use(await startMosquitto({ config: ['max_queued_messages 0'] }));
  const platform = stack.use(await PlatformDouble.start({ url: broker.url, qos: 1 }));
  const senders = Array.from({ length: DEVICES }, (_, i) => new Sender(i));
  for (const { name, token } of senders)
    platform.devices.set(token, { Id: name, ProtocolType: 'tcp', DeviceType: '1' });
  await writeFile(
    join(folder, 'fairlead.yaml'),
    `preset: thingspanel
http: {listen: '127.0.0.1:0'}
bus: {embedded: {listen: off}}
listeners: {official: {listen: '127.0.0.1:0', durability: journal}, custom: {listen: off}}
journal: {segment: 1MiB, size: 16MiB}
thingspanel:
  platform: ${platform.url}
  mqtt: {url: '${broker.url}', qos: 1}
  http: {official: off, custom: off}
`,
  );
  const start = () => startChild('thingspanel-service.ts', folder);
  const first = await start();
  await answered(first.ports, folder, senders);
  await kill(first.child);
  const acknowledged = () => senders.reduce((total, sender) => total + sender.acknowledged, 0);
  for (let round = 1; round <= rounds; round++) {
    const { child, ports } = await start();
    for (const sender of senders) sender.connect(Number(ports[0]));
    // The platform is not asked again about devices that it has confirmed lately: it may be away.
    const away = random() < 0.3;
    if (away) await platform.hang();
    await later(random() * LIFE);
    await kill(child);
    for (const sender of senders) sender.leave();
    if (away) await platform.listen();
    if (round % 50 === 0) report(`${round} rounds, ${acknowledged()} messages acknowledged`);
  }
  const last = await start();
  const broken: string[] = [];
  const missing = () => senders.flatMap((sender) => sender.missing(arrivals(platform, sender.token)));
  await eventually(() => missing().length === 0, 'all have arrived', 30_000).catch(() => {
    broken.push(`acknowledged, but lost: ${missing().slice(0, 20).join(', ')}`);
  });
  await kill(last.child);
  for (const sender of senders) broken.push(...disordered(sender.name, numbers(platform, sender.token)));
  broken.push(...platform.problems);
  return { summary: `${rounds} kills, ${acknowledged()} messages acknowledged`, broken };
};

/** Lets the service answer the devices, once it has them. */
async function answered(
  [port = '', http = '']: readonly string[],
  folder: string,
  senders: readonly Sender[],
): Promise<void> {
  for (const sender of senders) sender.connect(Number(port));
  const token = (await readFile(join(folder, 'fairlead-data', 'admin-token'), 'utf8')).trim();
  for (const { name } of senders)
    await eventually(async () => {
      const { ok } = await fetch(`http://127.0.0.1:${http}/api/v1/devices/${name}`, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ authReply: '05', ack: '06' }),
      });
      return ok;
    }, `${name} is there`);
  for (const sender of senders) sender.leave();
}

/** Of the device with this token, in the order in which they came. */
function numbers({ messages }: PlatformDouble, token: string): number[] {
  const from = `{"from":${JSON.stringify(token)},"n":`;
  return messages
    .filter(({ topic, text }) => topic === 'device/attributes' && text.startsWith(from))
    .map(({ text }) => (JSON.parse(text) as { n: number }).n);
}

const arrivals = (platform: PlatformDouble, token: string) => new Set(numbers(platform, token));

/** A message that comes for the first time must not come after a later one. */
function disordered(name: string, list: readonly number[]): string[] {
  const known = new Set<number>();
  let highest = 0;
  const broken: string[] = [];
  for (const n of list) {
    if (!known.has(n) && n < highest) broken.push(`${name} ${n} came after ${highest}`);
    known.add(n);
    highest = Math.max(highest, n);
  }
  return broken;
}
