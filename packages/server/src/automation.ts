/** Connects automation to the store, the bus and the devices. */
import { Automation, openSecretKey } from '@fairlead/automation';
import type { Clock, Tracer } from '@fairlead/core';
import type { Gateway, Log } from '@fairlead/gateway';
import type { Store } from '@fairlead/store';
import { codePage } from '@fairlead/tcp';
import type { OpenBus } from './bus.ts';
import type { Config } from './config/schema.ts';
import { serverLimits } from './limits.ts';
import { traceRun } from './tracing/runs.ts';

interface AutomationParts {
  readonly config: Config;
  readonly store: Store;
  readonly bus: OpenBus;
  readonly gateway: Gateway;
  readonly secretKey: string | undefined;
  readonly log: Log;
  readonly clock: Clock;
  readonly tracer?: Tracer | undefined;
}

/** Nothing runs before its `open()`. Throws SECRET_KEY_INVALID. */
export function openAutomation(parts: AutomationParts): Automation {
  const { config, store, bus, gateway, log, clock, tracer } = parts;
  const key = openSecretKey(config.data, parts.secretKey);
  if (key.created) log.info({ file: key.source }, 'Created the key that encrypts saved automation data');
  const { programs, environment, history, memory } = config.automation;
  return new Automation({
    store: store.automation,
    key: key.bytes,
    codePages: codePage,
    log,
    clock,
    programs,
    environment: new Map(environment.map((name) => [name, process.env[name]])),
    history,
    memory,
    devices: gateway,
    ...(tracer !== undefined && { ended: (run) => traceRun(tracer, run) }),
    async publish(topic, payload, retain, signal) {
      if (!bus.publish([{ topic, payload, retain }])) await bus.drained(signal);
      await bus.flushed(signal);
    },
    async downlink(device, kind, values, signal) {
      const options = { wait: serverLimits.values.downlinkWait, signal };
      const { bytes = 0 } = await gateway.send(device, { kind, values }, options);
      return { bytes };
    },
  });
}
