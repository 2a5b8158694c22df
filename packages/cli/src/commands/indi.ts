import type { Change, IndiClient, Property, PropertyPattern } from '@fairlead/server';
import { formatAddress, isFairleadError, tcpErrors } from '@fairlead/tcp';
import { Option } from 'commander';
import { countArgument, durationArgument } from '../arguments.ts';
import { cliErrors } from '../catalogue.ts';
import { CliCommand, formatOf } from '../command.ts';
import type { Context } from '../context.ts';
import { cliLimits } from '../limits.ts';

interface Where {
  readonly host: string;
  readonly port: number;
  readonly wait?: number;
  readonly count?: number;
}

/** The port of INDI by custom. */
const PORT = 7_624;

export function indiCommand(context: Context): CliCommand {
  const group = new CliCommand('indi').description('Talk to any INDI server: ours or another');
  for (const command of [getCommand(context), setCommand(context), watchCommand(context)]) {
    command
      .addOption(new Option('--host <host>', 'host of the INDI server').default('127.0.0.1'))
      .addOption(new Option('--port <port>', 'its port').argParser(countArgument(1, 65_535)).default(PORT));
    group.addCommand(command);
  }
  return group;
}

function getCommand(context: Context): CliCommand {
  return new CliCommand('get')
    .argument('[pattern]', 'DEVICE.PROPERTY.ELEMENT, each with * for any text; all if left out')
    .description('Print values as DEVICE.PROPERTY.ELEMENT=VALUE')
    .addOption(waitOption('time for the server to define what is asked for (default 2)'))
    .example('fairlead indi get', 'everything that a server shows')
    .example("fairlead indi get 'Weather*.WEATHER_PARAMETERS'", 'the readings of a weather station')
    .action(async (text: string | undefined, where: Where, self: CliCommand) => {
      const { PropertyPattern } = await import('@fairlead/server');
      const pattern = new PropertyPattern(text);
      await using client = await open(context, where, pattern);
      const found = await defined(context, client, pattern, where.wait ?? cliLimits.values.indiDefine);
      const print = context.printer(self);
      if (found.length === 0 && text === undefined && client.devices.length === 0)
        throw cliErrors.error('INDI_NOTHING_SHOWN', { server: formatAddress(where.host, where.port) });
      if (found.length === 0) throw cliErrors.error('INDI_NOTHING_FOUND', { pattern: text ?? '*' });
      print.show(
        found.map((property) => documentOf(property, pattern)),
        () => found.flatMap((property) => linesOf(property, pattern)),
      );
    });
}

function setCommand(context: Context): CliCommand {
  return new CliCommand('set')
    .argument('<assignments...>', 'DEVICE.PROPERTY.ELEMENT=VALUE, several of one property together')
    .description('Change a property and wait for what the driver says')
    .addOption(waitOption('time for the driver to finish (default 10)'))
    .example("fairlead indi set 'LX200 Basic.CONNECTION.CONNECT=On'", 'connect a driver to its device')
    .example(
      "fairlead indi set 'Mount.EQUATORIAL_EOD_COORD.RA=5:30' 'Mount.EQUATORIAL_EOD_COORD.DEC=20'",
      'point a mount',
    )
    .action(async (assignments: readonly string[], where: Where, self: CliCommand) => {
      const wishes = wishesOf(assignments);
      const { PropertyPattern } = await import('@fairlead/server');
      const wait = where.wait ?? cliLimits.values.indiSet;
      const print = context.printer(self);
      const done: Property[] = [];
      for (const [, { device, name, values }] of wishes) {
        const pattern = new PropertyPattern(`${device}.${name}.*`);
        await using client = await open(context, where, pattern);
        const found = await within(context, wait, `${device}.${name}`, async (signal) => {
          await client.waitFor(device, name, { signal }).catch((error: unknown) => {
            if (client.property(device, name) === undefined && isLate(error, context))
              throw cliErrors.error('INDI_NOTHING_FOUND', { pattern: `${device}.${name}` }, error);
            throw error;
          });
          return client.set(device, name, values, { signal });
        });
        done.push(found);
      }
      const all = new PropertyPattern();
      print.show(
        done.map((property) => documentOf(property, all)),
        () => done.flatMap((property) => linesOf(property, all)),
      );
    });
}

function watchCommand(context: Context): CliCommand {
  return new CliCommand('watch')
    .argument('[pattern]', 'DEVICE.PROPERTY.ELEMENT, each with * for any text; all if left out')
    .description('Print values as they change, and messages of drivers, until Ctrl-C')
    .addOption(
      new Option('-C, --count <count>', 'end after so many changes').argParser(countArgument(1, 1e9)),
    )
    .addOption(waitOption('end after this time; exit status 5 if -C has not been reached'))
    .example("fairlead indi watch 'Mount.EQUATORIAL_EOD_COORD'", 'follow a mount')
    .action(async (text: string | undefined, where: Where, self: CliCommand) => {
      const { PropertyPattern } = await import('@fairlead/server');
      const pattern = new PropertyPattern(text);
      await using client = await open(context, where, pattern);
      await watch(context, client, pattern, where, formatOf(self) ?? 'text');
    });
}

function waitOption(description: string): Option {
  return new Option('-W, --wait <seconds>', description).argParser(durationArgument);
}

/** Rejects when nobody listens there. */
async function open(
  { terminal }: Context,
  { host, port }: Where,
  pattern: PropertyPattern,
): Promise<IndiClient> {
  const { connectIndi } = await import('@fairlead/server');
  const client = connectIndi(formatAddress(host, port), {
    device: pattern.device,
    ...(pattern.device !== undefined && { name: pattern.name }),
    reconnect: false,
    clock: terminal.clock,
  });
  try {
    await client.ready({ signal: terminal.interrupted });
    return client;
  } catch (error) {
    await client.close();
    throw error;
  }
}

/** What matches once the server has said it all: nobody announces the end, so a silence is taken for it. */
async function defined(
  { terminal: { clock, interrupted } }: Context,
  client: IndiClient,
  pattern: PropertyPattern,
  wait: number,
): Promise<Property[]> {
  const found = () =>
    client
      .properties(pattern)
      .filter(({ elements }) => [...elements.keys()].some((name) => pattern.matchesElement(name)));
  await new Promise<void>((resolve) => {
    let quiet = clock.after(wait, resolve);
    const end = clock.after(wait * 5, resolve);
    const done = () => {
      clock.clear(quiet);
      clock.clear(end);
      resolve();
    };
    client.on('state', (state) => state === 'closed' && done());
    interrupted.addEventListener('abort', done, { once: true });
    client.on('change', () => {
      if (pattern.isExact && found().length > 0) return done();
      if (found().length === 0) return;
      clock.clear(quiet);
      quiet = clock.after(Math.min(wait, cliLimits.values.indiQuiet), done);
    });
  });
  return found();
}

async function watch(
  { terminal }: Context,
  client: IndiClient,
  pattern: PropertyPattern,
  { count: wanted = Number.POSITIVE_INFINITY, wait }: Where,
  format: 'json' | 'text',
): Promise<void> {
  const { clock, interrupted } = terminal;
  const end = new AbortController();
  const timer = wait === undefined ? undefined : clock.after(wait, () => end.abort());
  let count = 0;
  try {
    for await (const change of client.watch(pattern, {
      signal: AbortSignal.any([interrupted, end.signal]),
    })) {
      const lines =
        format === 'json' ? [JSON.stringify(changeDocument(change, pattern))] : changeLines(change, pattern);
      for (const line of lines) terminal.out(`${line}\n`);
      if (lines.length > 0 && ++count >= wanted) return;
    }
    throw tcpErrors.error('PEER_CLOSED');
  } catch (error) {
    if (!interrupted.aborted && !end.signal.aborted) throw error;
  } finally {
    clock.clear(timer);
  }
  if (end.signal.aborted && wanted !== Number.POSITIVE_INFINITY)
    throw cliErrors.error('INDI_FEW_CHANGES', { count, wanted, limit: wait as number });
}

async function within<T>(
  { terminal: { clock, interrupted } }: Context,
  limit: number,
  property: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const timer = clock.after(limit, () => late.abort());
  try {
    return await work(AbortSignal.any([late.signal, interrupted]));
  } catch (error) {
    if (late.signal.aborted && !isFairleadError(error, 'INDI_NOTHING_FOUND'))
      throw cliErrors.error('INDI_NO_ANSWER', { property, limit }, error);
    throw error;
  } finally {
    clock.clear(timer);
  }
}

/** Whether a wait ended by itself rather than by Ctrl-C. */
function isLate(error: unknown, { terminal }: Context): boolean {
  return isFairleadError(error, 'ABORTED') && !terminal.interrupted.aborted;
}

interface Wish {
  readonly device: string;
  readonly name: string;
  readonly values: Record<string, string>;
}

/** By property, in the order given. */
function wishesOf(assignments: readonly string[]): Map<string, Wish> {
  const wishes = new Map<string, Wish>();
  for (const assignment of assignments) {
    const match = /^([^=]+)\.([^.=]+)\.([^.=]+)=([\s\S]*)$/.exec(assignment);
    if (match === null)
      throw cliErrors.error('USAGE_INVALID', {
        reason: `"${assignment}" is not of the form DEVICE.PROPERTY.ELEMENT=VALUE.`,
      });
    const [, device, name, element, value] = match as unknown as [string, string, string, string, string];
    const key = `${device}.${name}`;
    const wish = wishes.get(key) ?? { device, name, values: {} };
    wish.values[element] = value;
    wishes.set(key, wish);
  }
  return wishes;
}

type Shown = Property['elements'] extends ReadonlyMap<string, infer E> ? E : never;

function shown({ elements }: Property, pattern: PropertyPattern): Shown[] {
  return [...elements.values()].filter(({ name }) => pattern.matchesElement(name));
}

function linesOf(property: Property, pattern: PropertyPattern): string[] {
  const { device, name } = property;
  return shown(property, pattern).map(
    (element) => `${device}.${name}.${element.name}=${valueText(element.value)}`,
  );
}

/** As `indi_getprop` shows it. */
function valueText(value: Shown['value']): string {
  if (value === undefined) return '';
  if (typeof value === 'boolean') return value ? 'On' : 'Off';
  return typeof value === 'object' ? `[${value.size} bytes ${value.format}]` : String(value);
}

function documentOf(property: Property, pattern: PropertyPattern): object {
  const { device, name, state, perm } = property;
  const values = shown(property, pattern).map(({ name, value }) => [
    name,
    typeof value === 'object' ? { size: value.size, format: value.format } : (value ?? null),
  ]);
  return { device, property: name, state, perm, values: Object.fromEntries(values) };
}

function changeDocument(change: Change, pattern: PropertyPattern): object {
  if (change.kind === 'message') return { message: change.text, device: change.device };
  if (change.kind === 'removed') return { removed: true, device: change.device, property: change.name };
  return { ...documentOf(change.property, pattern), message: change.message };
}

function changeLines(change: Change, pattern: PropertyPattern): string[] {
  if (change.kind === 'message') return [`${change.device ?? 'server'}: ${change.text}`];
  if (change.kind === 'removed') return [`${change.device}.${change.name} is gone`];
  return linesOf(change.property, pattern);
}
