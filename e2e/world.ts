import type { TestContext } from 'node:test';
import { requirePeer, startMosquitto } from '@fairlead/testkit';
import { BareDevice, packet, RunningService, Subscriber } from './running.ts';

export const auth = (token: string) => packet(0, 0, token);
export const attributes = (values: unknown) => packet(0, 1, JSON.stringify(values));

/** A service and a subscriber on its bus: the embedded broker, or a Mosquitto of its own. */
export async function world(t: TestContext, bus: 'embedded' | 'mosquitto') {
  const stack = new AsyncDisposableStack();
  t.after(() => stack.disposeAsync());
  let external: number | undefined;
  const environment: NodeJS.ProcessEnv = {};
  if (bus === 'mosquitto') {
    const broker = stack.use(await startMosquitto());
    external = broker.port;
    Object.assign(environment, { FAIRLEAD_BUS__KIND: 'mqtt', FAIRLEAD_BUS__MQTT__URL: broker.url });
  }
  const service = stack.use(await RunningService.start(environment));
  const port = external ?? (service.ports.mqtt as number);
  const subscriber = stack.use(await Subscriber.start(port));
  const dial = async (listener: 'official' | 'custom') =>
    stack.use(await BareDevice.dial(service.ports[listener]));
  return { service, port, subscriber, dial };
}

export function peersFor(t: TestContext): boolean {
  return ['mosquitto', 'mosquitto_sub', 'mosquitto_pub'].every((program) => requirePeer(t, program));
}
