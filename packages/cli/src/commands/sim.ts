import { untilAborted } from '@fairlead/core';
import { Option } from 'commander';
import { countArgument, rateArgument } from '../arguments.ts';
import { cliErrors } from '../catalogue.ts';
import { CliCommand, formatOf } from '../command.ts';
import type { Context } from '../context.ts';
import { apiOf } from '../http/api.ts';
import { cliLimits } from '../limits.ts';
import { count, fields } from '../output/text.ts';
import {
  attributesPacket,
  LINE_DEFINITION,
  lineDevice,
  officialDevice,
  type Received,
} from '../sim/device.ts';
import { faultNames, faultsArgument } from '../sim/faults.ts';
import { Fleet } from '../sim/fleet.ts';
import { listenerEndpoint } from '../sim/listener-endpoint.ts';
import { pace } from '../sim/pace.ts';
import { playProfile, type PlayOptions as SimOptions } from '../sim/play.ts';
import { climate } from '../sim/readings.ts';
import type { Terminal } from '../terminal.ts';

type Protocol = 'official' | 'custom';

/** A simulated device of either protocol. */
interface Simulated extends AsyncDisposable {
  readonly client: ReturnType<typeof officialDevice>['client'] | ReturnType<typeof lineDevice>['client'];
  readonly stats: ReturnType<typeof officialDevice>['stats'];
  readonly lastCause: ReturnType<typeof officialDevice>['lastCause'];
  reading(): void;
}

export function simCommand(context: Context): CliCommand {
  const { simDevices, simRate } = cliLimits.values;
  return new CliCommand('sim')
    .argument(
      '<protocol>',
      'what the devices speak: official, custom, a profile of the catalogue, or a folder such as ./my-meter',
    )
    .addOption(
      new Option('--devices <count>', 'number of devices').argParser(countArgument(1, simDevices)).default(1),
    )
    .addOption(
      new Option('--rate <rate>', 'readings per second of each device')
        .argParser(rateArgument(simRate))
        .default(1),
    )
    .option(
      '--host <host>',
      'host to connect to; default: the host of the service. Of a profile that is dialled: address to listen on; default: 127.0.0.1',
    )
    .addOption(
      new Option(
        '--port <port>',
        'port to connect to; default: the port of the listener. Of a profile that is dialled: first of the ports to listen on; default: free ones',
      ).argParser(countArgument(1, 65_535)),
    )
    .option('--no-register', 'use no service: the devices are registered there already, or unknown')
    .addOption(
      new Option(
        '--fault <faults>',
        `faults of one reading in five, separated by commas: ${faultNames.join(', ')}`,
      ).argParser(faultsArgument),
    )
    .addOption(
      new Option('--seed <number>', 'the same number gives the same faults')
        .argParser(countArgument(0, 0x7fff_ffff))
        .default(1),
    )
    .example('fairlead sim official', 'simulate one device with one reading per second')
    .example('fairlead sim custom --devices 100 --rate 10', 'simulate 1,000 readings per second')
    .example('fairlead sim gt06 --devices 5 --fault split,bad-checksum', 'simulate trackers on a bad line')
    .example(
      'fairlead sim modbus_tcp --port 5020 --no-register',
      'simulate a Modbus device for any program that connects to it',
    )
    .action((protocol: string, options: SimOptions, self: CliCommand) => {
      const format = formatOf(self) ?? 'text';
      if (protocol !== 'official' && protocol !== 'custom')
        return playProfile(context.terminal, protocol, options, format);
      if (options.fault !== undefined || !options.register)
        throw cliErrors.error('USAGE_INVALID', {
          reason: `--fault and --no-register go with profiles, not with ${protocol}.`,
        });
      return simulate(context, protocol, options, format);
    });
}

async function simulate(
  { terminal }: Context,
  protocol: Protocol,
  options: SimOptions,
  format: 'json' | 'text',
): Promise<void> {
  const service = apiOf(terminal);
  const { clock, random, interrupted } = terminal;
  const endpoint = await listenerEndpoint(service, protocol, options);
  const fleet = new Fleet(service, interrupted);
  const received = receivedPrinter(terminal, format);
  try {
    await using devices = new AsyncDisposableStack();
    await fleet.add(`sim-${protocol}`, options.devices, () =>
      protocol === 'custom' ? LINE_DEFINITION : { protocol },
    );
    const simulated = fleet.devices.map(({ name, token = '' }) =>
      devices.use(simulatedDevice(protocol, { name, token, endpoint, clock, random, received })),
    );
    if (simulated[0] !== undefined) tellTrouble(simulated[0], endpoint, terminal);
    await firstReady(simulated, endpoint, terminal);
    if (!interrupted.aborted) {
      terminal.err(
        `${count(simulated.length, 'device')} at ${endpoint}, ${options.rate} readings per second each. Ctrl-C ends.\n`,
      );
    }
    const begun = clock.monotonic();
    const stops = simulated.map((device) =>
      pace(options.rate, clock, random, (due) => {
        for (let i = 0; i < due; i++) device.reading();
      }),
    );
    await untilAborted(interrupted);
    for (const stop of stops) stop();
    terminal.err(summary(simulated, clock.monotonic() - begun));
  } finally {
    const registered = fleet.devices.length;
    await fleet.remove();
    if (registered > 0) terminal.err(`Removed ${count(registered, 'simulated device')}.\n`);
  }
}

function simulatedDevice(protocol: Protocol, options: Parameters<typeof officialDevice>[0]): Simulated {
  const next = climate(options.random);
  if (protocol === 'official') {
    const device = officialDevice(options);
    return Object.assign(device, { reading: () => device.send(attributesPacket(next())) });
  }
  const device = lineDevice(options);
  return Object.assign(device, { reading: () => device.send(JSON.stringify(next())) });
}

/** Waits until a device is connected. Rejects with the cause if none connects in time. */
async function firstReady(
  devices: readonly Simulated[],
  endpoint: string,
  terminal: Terminal,
): Promise<void> {
  const { clock, interrupted } = terminal;
  const limit = cliLimits.values.simConnect;
  const late = new AbortController();
  const timer = clock.after(limit, () => late.abort());
  const signal = AbortSignal.any([interrupted, late.signal]);
  try {
    await Promise.any(devices.map(({ client }) => client.ready({ signal })));
  } catch {
    if (interrupted.aborted) return;
    throw (
      devices.find(({ lastCause }) => lastCause !== undefined)?.lastCause ??
      cliErrors.error('SIM_NOT_CONNECTED', { endpoint, limit })
    );
  } finally {
    clock.clear(timer);
  }
}

/** Reports the link state of the first device, which represents all devices. */
function tellTrouble({ client }: Simulated, endpoint: string, terminal: Terminal): void {
  let told = false;
  client.on('state', ({ to, cause }) => {
    if (to === 'waiting' && !told) terminal.err(`No link to ${endpoint}: ${cause?.message} Trying again.\n`);
    if (to === 'ready' && told) terminal.err('Connected again.\n');
    told = to === 'waiting' || (told && to !== 'ready');
  });
}

function receivedPrinter(terminal: Terminal, format: 'json' | 'text'): (received: Received) => void {
  return ({ device, kind, values }) => {
    const time = new Date(terminal.clock.now()).toISOString();
    if (format === 'json') terminal.out(`${JSON.stringify({ time, device, kind, values })}\n`);
    else terminal.out(`${time}  ${device} was sent ${kind}: ${fields(values)}\n`);
  };
}

function summary(devices: readonly Simulated[], ms: number): string {
  const total = (key: keyof Simulated['stats']) => devices.reduce((sum, { stats }) => sum + stats[key], 0);
  const seconds = ms / 1_000;
  const sent = total('sent');
  const parts = [
    `Sent ${count(sent, 'reading')} in ${seconds.toFixed(1)} s, ${(sent / Math.max(seconds, 0.001)).toFixed(1)} a second`,
    `received ${count(total('received'), 'downlink')}`,
    `held back ${total('heldBack')}`,
    `lost ${count(total('lost'), 'link')}`,
  ];
  return `${parts.join('; ')}.\n`;
}
