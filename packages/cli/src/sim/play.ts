/** Simulates devices of a profile, with or without a service. */
import { type FairleadError, formatAddress, untilAborted } from '@fairlead/core';
import { type ProfileDefinition, type SimulatedDevice, Simulation } from '@fairlead/profiles';
import { cliErrors } from '../catalogue.ts';
import { apiOf } from '../http/api.ts';
import { cliLimits } from '../limits.ts';
import { count } from '../output/text.ts';
import { findProfile } from '../profile/find.ts';
import { withScripts } from '../profile/scripts.ts';
import type { Terminal } from '../terminal.ts';
import { type Fault, Faults, seeded } from './faults.ts';
import { Fleet } from './fleet.ts';
import { listenerEndpoint } from './listener-endpoint.ts';
import { pace } from './pace.ts';
import { DialingDevice, ListeningDevice } from './played-device.ts';
import type { PlayedDevice, PlayedStats, PlayTerms } from './played-link.ts';

export interface PlayOptions {
  readonly devices: number;
  readonly rate: number;
  readonly host?: string;
  readonly port?: number;
  readonly register: boolean;
  readonly fault?: readonly Fault[];
  readonly seed: number;
}

type Format = 'json' | 'text';

/** Simulates until the terminal is interrupted. */
export async function playProfile(
  terminal: Terminal,
  name: string,
  options: PlayOptions,
  format: Format,
): Promise<void> {
  const profile = await findProfile(name);
  await withScripts(terminal, async (scripts) => {
    const simulation = await Simulation.of(profile, scripts);
    const player = new Player(terminal, profile, simulation, options, format);
    await (profile.direction === 'dials' ? player.listen() : player.dial());
  });
}

interface Running extends AsyncDisposable {
  read(count: number): void;
}

class Player {
  readonly #terminal: Terminal;
  readonly #profile: ProfileDefinition;
  readonly #simulation: Simulation;
  readonly #options: PlayOptions;
  readonly #terms: PlayTerms;

  constructor(
    terminal: Terminal,
    profile: ProfileDefinition,
    simulation: Simulation,
    options: PlayOptions,
    format: Format,
  ) {
    this.#terminal = terminal;
    this.#profile = profile;
    this.#simulation = simulation;
    this.#options = options;
    this.#terms = {
      clock: terminal.clock,
      faults: new Faults(options.fault ?? []),
      stats: { sent: 0, heldBack: 0, answered: 0, received: 0, lost: 0 },
      damaged: (bytes, random) => simulation.damaged(bytes, random),
      heard: (device, bytes) => print(terminal, format, device, bytes),
    };
  }

  /** Devices that dial in. */
  async dial(): Promise<void> {
    const { devices: wanted, register, host, port } = this.#options;
    const { interrupted } = this.#terminal;
    if (!register && (host === undefined || port === undefined))
      throw cliErrors.error('USAGE_INVALID', {
        reason: '--no-register needs --host and --port: no service is asked for its listener.',
      });
    const service = register ? apiOf(this.#terminal) : undefined;
    const endpoint =
      service === undefined
        ? formatAddress(host as string, port as number)
        : await listenerEndpoint(service, this.#listener, this.#options);
    const made = new Map<number, SimulatedDevice>();
    const device = async (number: number): Promise<SimulatedDevice> => {
      const one = await this.#simulation.device(number);
      made.set(number, one);
      return one;
    };
    const fleet = service === undefined ? undefined : new Fleet(service, interrupted);
    try {
      await using running = new AsyncDisposableStack();
      await fleet?.add(this.#prefix, wanted, async (number) => ({
        profile: this.#profile.name,
        identity: (await device(number)).identity,
      }));
      const names =
        fleet?.devices ??
        Array.from({ length: wanted }, (_, i) => ({
          name: this.#name(i + 1),
          number: i + 1,
          token: undefined,
        }));
      const dialing: DialingDevice[] = [];
      const first = Promise.withResolvers<void>();
      for (const { name, number, token } of names) {
        if (interrupted.aborted) break;
        const played = this.#played(name, number, made.get(number) ?? (await device(number)), token);
        const telling =
          dialing.length > 0 ? { linked: first.resolve } : this.#telling(endpoint, first.resolve);
        dialing.push(running.use(new DialingDevice(endpoint, played, this.#terms, telling)));
      }
      await this.#firstLink(first.promise, () => dialing[0]?.lastCause, endpoint);
      await this.#play(dialing, `${count(dialing.length, 'device')} at ${endpoint}`);
    } finally {
      await this.#remove(fleet);
    }
  }

  /** Devices that are dialled: each listens on a port of its own. */
  async listen(): Promise<void> {
    const { devices: wanted, register, host = '127.0.0.1', port } = this.#options;
    const { interrupted } = this.#terminal;
    const fleet = register ? new Fleet(apiOf(this.#terminal), interrupted) : undefined;
    try {
      await using running = new AsyncDisposableStack();
      const listening: ListeningDevice[] = [];
      for (let number = 1; number <= wanted && !interrupted.aborted; number++) {
        const endpoint = formatAddress(host, port === undefined ? 0 : port + number - 1);
        const device = await this.#simulation.device(number);
        const played = this.#played(this.#name(number), number, device, undefined);
        listening.push(running.use(await ListeningDevice.open(endpoint, played, this.#terms)));
      }
      const { parameters, secret } = this.#simulation.setup;
      const first = listening[0]?.endpoint ?? '';
      // Names that are in use are skipped: then a device has a number above that of its listener.
      let next = 0;
      await fleet?.add(this.#prefix, wanted, () => ({
        profile: this.#profile.name,
        endpoint: `tcp://${listening[next++ % listening.length]?.endpoint}`,
        ...(parameters === undefined ? {} : { parameters }),
        ...(secret === undefined ? {} : { secret }),
      }));
      const more = listening.length > 1 ? ' and the ports after it' : '';
      await this.#play(
        this.#simulation.pushes ? listening : [],
        `${count(listening.length, 'device')} ${listening.length > 1 ? 'listen' : 'listens'} at ${first}${more}`,
      );
    } finally {
      await this.#remove(fleet);
    }
  }

  /** Protocol of the listener of the service that takes the devices in. */
  get #listener(): string {
    return this.#profile.identity.by === 'token' ? 'custom' : 'profiles';
  }

  get #prefix(): string {
    return `sim-${this.#profile.name}`;
  }

  #name(number: number): string {
    return `${this.#prefix}-${String(number).padStart(4, '0')}`;
  }

  #played(name: string, number: number, device: SimulatedDevice, token: string | undefined): PlayedDevice {
    return { ...device, name, token, random: seeded(this.#options.seed + number), readings: 0 };
  }

  /** Sends readings until the terminal is interrupted. */
  async #play(running: readonly Running[], what: string): Promise<void> {
    const terminal = this.#terminal;
    const { clock, random, interrupted } = terminal;
    const { rate } = this.#options;
    if (interrupted.aborted) return;
    const readings = running.length === 0 ? '' : `, ${rate} readings per second each`;
    terminal.err(`${what}${readings}. Ctrl-C ends.\n`);
    const begun = clock.monotonic();
    const stops = running.map((one) => pace(rate, clock, random, (due) => one.read(due)));
    await untilAborted(interrupted);
    for (const stop of stops) stop();
    terminal.err(summary(this.#terms.stats, this.#terms.faults, clock.monotonic() - begun));
  }

  /** Rejects with the reason, or with SIM_NOT_CONNECTED, if no device gets a link. */
  async #firstLink(
    linked: Promise<void>,
    cause: () => FairleadError | undefined,
    endpoint: string,
  ): Promise<void> {
    const { clock, interrupted } = this.#terminal;
    const limit = cliLimits.values.simConnect;
    const late = Promise.withResolvers<'late'>();
    const timer = clock.after(limit, () => late.resolve('late'));
    try {
      const how = await Promise.race([linked, late.promise, untilAborted(interrupted)]);
      if (how === 'late') throw cause() ?? cliErrors.error('SIM_NOT_CONNECTED', { endpoint, limit });
    } finally {
      clock.clear(timer);
    }
  }

  /** Reports the links of the first device, which represents all devices. */
  #telling(endpoint: string, first: () => void) {
    const terminal = this.#terminal;
    let told = false;
    return {
      linked: () => {
        first();
        if (told) terminal.err('Connected again.\n');
        told = false;
      },
      failed: ({ message }: FairleadError) => {
        if (!told) terminal.err(`No link to ${endpoint}: ${message} Trying again.\n`);
        told = true;
      },
    };
  }

  async #remove(fleet: Fleet | undefined): Promise<void> {
    const registered = fleet?.devices.length ?? 0;
    await fleet?.remove();
    if (registered > 0) this.#terminal.err(`Removed ${count(registered, 'simulated device')}.\n`);
  }
}

function print(terminal: Terminal, format: Format, device: string, bytes: Buffer): void {
  const time = new Date(terminal.clock.now()).toISOString();
  const hex = bytes.toString('hex');
  if (format === 'json') terminal.out(`${JSON.stringify({ time, device, hex })}\n`);
  else terminal.out(`${time}  ${device} received ${hex}\n`);
}

function summary(stats: PlayedStats, { names, counts }: Faults, ms: number): string {
  const { sent, heldBack, answered, received, lost } = stats;
  const seconds = ms / 1_000;
  const parts = [
    `Sent ${count(sent, 'reading')} in ${seconds.toFixed(1)} s, ${(sent / Math.max(seconds, 0.001)).toFixed(1)} a second`,
    `answered ${count(answered, 'request')}`,
    `received ${count(received, 'other message')}`,
    `held back ${heldBack}`,
    `lost ${count(lost, 'link')}`,
  ];
  const faults = Object.entries(counts).map(([name, times]) => `${name} ${times}`);
  return `${parts.join('; ')}.\n${names.length === 0 ? '' : `Faults: ${faults.join(', ')}.\n`}`;
}
