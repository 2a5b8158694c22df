import type { ApiClient, NewDevice } from '@fairlead/api';
import type { Clock } from '@fairlead/core';
import {
  attributesPacket,
  frameDevice,
  LINE_DEFINITION,
  officialDevice,
  type Received,
  type SimOptions,
} from '../sim/device.ts';
import { pace } from '../sim/pace.ts';
import { climate } from '../sim/readings.ts';
import { trackerExample } from './gt06.ts';

/** Readings per second, slow enough to read. */
const RATES = { sensor: 1 / 3, gateway: 1 / 6, tracker: 1 / 4 };
/** Intervals that the sensor accepts in `{"interval": seconds}`. */
const INTERVAL = { min: 0.2, max: 60 };

const ROOMS = [
  { name: 'hall', address: '3c20c6206' },
  { name: 'cellar', address: '3c20c6207' },
  { name: 'roof', address: '3c20c6208' },
] as const;

interface DemoOptions {
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly random: () => number;
  /** The addresses for devices, without listeners that are off. */
  readonly listeners: { readonly official?: string | undefined; readonly custom?: string | undefined };
  readonly received: (received: Received) => void;
}

/** Tokens of the two devices for readings that are sent by hand. */
export interface HandTokens {
  readonly official: string;
  readonly custom: string;
}

/** The devices of the demo, for the text that explains them. */
export const DEMO_DEVICES: readonly (readonly [string, string])[] = [
  ['sensor-1', 'official protocol: temperature and humidity'],
  ['gateway-1', `official protocol, with the sub-devices ${ROOMS.map(({ name }) => name).join(', ')}`],
  ['tracker-1', 'custom protocol: published frames of a GPS tracker (GT06), decoded by a script'],
  ['hand-1', 'official protocol, for messages that you send'],
  ['hand-2', 'custom protocol with lines of JSON, for messages that you send'],
];

/** Registers the devices of the demo. Returns a function that starts the simulated devices, and the tokens of the others. */
export async function registerDevices(options: DemoOptions): Promise<{
  readonly start: (stack: AsyncDisposableStack) => void;
  readonly hand: HandTokens;
}> {
  const { api } = options;
  const add = async (definition: NewDevice): Promise<string> =>
    (await api.devices.add({ body: definition })).token ?? '';
  const tracker = trackerExample();
  const { framing, uplink } = tracker;

  const sensor = await add({ name: 'sensor-1' });
  const gateway = await add({ name: 'gateway-1', type: 'gateway' });
  for (const room of ROOMS) await add({ ...room, parent: 'gateway-1' });
  const gps = await add({ name: 'tracker-1', protocol: 'custom', framing, uplink });
  const hand = {
    official: await add({ name: 'hand-1' }),
    custom: await add({ name: 'hand-2', ...LINE_DEFINITION }),
  };
  const { official, custom } = options.listeners;
  const start = (stack: AsyncDisposableStack): void => {
    if (official !== undefined) {
      startSensor(stack, { ...options, name: 'sensor-1', token: sensor, endpoint: official });
      startGateway(stack, { ...options, name: 'gateway-1', token: gateway, endpoint: official });
    }
    if (custom !== undefined) {
      startTracker(stack, { ...options, name: 'tracker-1', token: gps, endpoint: custom }, tracker.frames);
    }
  };
  return { start, hand };
}

/** Sends its climate at the last requested interval. */
function startSensor(stack: AsyncDisposableStack, options: SimOptions & Pick<DemoOptions, 'received'>): void {
  const { clock, random } = options;
  const next = climate(random);
  let rate = RATES.sensor;
  let stop = (): void => {};
  const begin = (): (() => void) => {
    stop();
    send();
    stop = pace(rate, clock, random, send);
    return () => stop();
  };
  const received = (message: Received): void => {
    options.received(message);
    const seconds = (message.values as { interval?: unknown } | null)?.interval;
    if (typeof seconds !== 'number' || seconds < INTERVAL.min || seconds > INTERVAL.max) return;
    rate = 1 / seconds;
    begin();
  };
  const device = stack.use(officialDevice({ ...options, received }));
  const send = (): void => device.send(attributesPacket(next()));
  stack.defer(whileReady(device.client, begin));
}

/** Sends the climate of all its rooms in one message, keyed by sub-device address. */
function startGateway(stack: AsyncDisposableStack, options: SimOptions): void {
  const { clock, random } = options;
  const rooms = ROOMS.map(({ address }) => ({ address, next: climate(random) }));
  const device = stack.use(officialDevice(options));
  const send = (): void =>
    device.send(attributesPacket(Object.fromEntries(rooms.map(({ address, next }) => [address, next()]))));
  stack.defer(
    whileReady(device.client, () => {
      send();
      return pace(RATES.gateway, clock, random, send);
    }),
  );
}

/** Sends the published frames in a loop, with the login first on every link. */
function startTracker(stack: AsyncDisposableStack, options: SimOptions, frames: readonly Buffer[]): void {
  const { clock, random } = options;
  const device = stack.use(frameDevice(options));
  stack.defer(
    whileReady(device.client, () => {
      let at = 0;
      const send = (): void => device.send(frames[at++ % frames.length] as Buffer);
      send();
      return pace(RATES.tracker, clock, random, send);
    }),
  );
}

/** Calls `begin` on each new link, and calls the returned function when that link ends. Returns a function that stops everything. */
function whileReady(
  client: { on(event: 'state', heard: (change: { to: string }) => void): unknown },
  begin: () => () => void,
): () => void {
  let end = (): void => {};
  client.on('state', ({ to }) => {
    end();
    end = to === 'ready' ? begin() : () => {};
  });
  return () => end();
}
