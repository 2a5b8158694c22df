import { coreErrors, type FairleadError, isFairleadError } from '@fairlead/core';
import type { Change, IndiClient, Property, PropertyPattern } from '@fairlead/server';
import { Option } from 'commander';
import { countArgument, durationArgument } from '../arguments.ts';
import { cliErrors } from '../catalogue.ts';
import { CliCommand, formatOf } from '../command.ts';
import type { Context } from '../context.ts';
import { complaint } from '../hint.ts';
import { cliLimits } from '../limits.ts';
import { IndiServer } from './indi-server.ts';

interface Where {
  readonly host: string;
  readonly port: number;
  readonly wait?: number;
  readonly count?: number;
}

/** The usual INDI port. */
const PORT = 7_624;

export function indiCommand(context: Context): CliCommand {
  const group = new CliCommand('indi');
  for (const command of [getCommand(context), setCommand(context), watchCommand(context)]) {
    command
      .addOption(new Option('--host <host>', 'host of the INDI server').default('127.0.0.1'))
      .addOption(
        new Option('--port <port>', 'port of the INDI server')
          .argParser(countArgument(1, 65_535))
          .default(PORT),
      );
    group.addCommand(command);
  }
  return group;
}

function getCommand(context: Context): CliCommand {
  return new CliCommand('get')
    .argument('[pattern]', 'DEVICE.PROPERTY.ELEMENT, where * stands for any text; default: everything')
    .description('Print values as DEVICE.PROPERTY.ELEMENT=VALUE')
    .addOption(waitOption('time for the server to define the requested properties (default 2)'))
    .example('fairlead indi get', 'show all properties of a server')
    .example("fairlead indi get 'Weather*.WEATHER_PARAMETERS'", 'show the readings of a weather station')
    .action(async (text: string | undefined, where: Where, self: CliCommand) => {
      const { PropertyPattern } = await import('@fairlead/server');
      const pattern = new PropertyPattern(text);
      await using server = await IndiServer.open(context.terminal, where, pattern);
      const wait = where.wait ?? cliLimits.values.indiDefine;
      const found = await defined(context, server.client, pattern, wait);
      const print = context.printer(self);
      if (context.terminal.interrupted.aborted) throw coreErrors.error('ABORTED');
      if (found.length === 0) throw await nothing(server, wait, text);
      print.show(
        found.map((property) => documentOf(property, pattern)),
        () => found.flatMap((property) => linesOf(property, pattern)),
      );
    });
}

function setCommand(context: Context): CliCommand {
  return new CliCommand('set')
    .argument('<assignments...>', 'DEVICE.PROPERTY.ELEMENT=VALUE; elements of one property are sent together')
    .description('Change a property and wait for the result from the driver')
    .addOption(waitOption('time for the driver to finish (default 10)'))
    .example("fairlead indi set 'LX200 Basic.CONNECTION.CONNECT=On'", 'connect a driver to its device')
    .example(
      "fairlead indi set 'Mount.EQUATORIAL_EOD_COORD.RA=5:30' 'Mount.EQUATORIAL_EOD_COORD.DEC=20'",
      'move a mount',
    )
    .action(async (assignments: readonly string[], where: Where, self: CliCommand) => {
      const wishes = wishesOf(assignments);
      const { PropertyPattern } = await import('@fairlead/server');
      const wait = where.wait ?? cliLimits.values.indiSet;
      const print = context.printer(self);
      const done: Property[] = [];
      for (const [, { device, name, values }] of wishes) {
        const pattern = new PropertyPattern(`${device}.${name}.*`);
        await using server = await IndiServer.open(context.terminal, where, pattern);
        const { client } = server;
        const found = await within(context, wait, `${device}.${name}`, async (signal) => {
          await client.waitFor(device, name, { signal }).catch(async (error: unknown) => {
            if (isLate(error, context)) throw await nothing(server, wait, `${device}.${name}`);
            throw server.ended ?? error;
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
    .argument('[pattern]', 'DEVICE.PROPERTY.ELEMENT, where * stands for any text; default: everything')
    .description('Print changed values and messages of drivers, until Ctrl-C')
    .addOption(
      new Option('-C, --count <count>', 'end after this many changes').argParser(countArgument(1, 1e9)),
    )
    .addOption(waitOption('end after this time; exit status 5 if -C was not reached'))
    .example("fairlead indi watch 'Mount.EQUATORIAL_EOD_COORD'", 'follow a mount')
    .action(async (text: string | undefined, where: Where, self: CliCommand) => {
      const { PropertyPattern } = await import('@fairlead/server');
      const pattern = new PropertyPattern(text);
      await using server = await IndiServer.open(context.terminal, where, pattern);
      await watch(context, server, pattern, where, formatOf(self) ?? 'text');
    });
}

function waitOption(description: string): Option {
  return new Option('-W, --wait <seconds>', description).argParser(durationArgument);
}

/** The reason why there is nothing to show after `waited` milliseconds. @param pattern the request; default: everything */
async function nothing(server: IndiServer, waited: number, pattern?: string): Promise<FairleadError> {
  const fault = await server.fault(waited);
  if (fault !== undefined) return fault;
  if (pattern === undefined && server.client.devices.length === 0)
    return cliErrors.error('INDI_NOTHING_SHOWN', { server: server.address });
  return cliErrors.error('INDI_NOTHING_FOUND', { pattern: pattern ?? '*' });
}

/** The matches after all definitions. The server does not announce the end, so that a silence counts as the end. */
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
  server: IndiServer,
  pattern: PropertyPattern,
  { count: wanted = Number.POSITIVE_INFINITY, wait }: Where,
  format: 'json' | 'text',
): Promise<void> {
  const { clock, interrupted } = terminal;
  const end = new AbortController();
  const timer = wait === undefined ? undefined : clock.after(wait, () => end.abort());
  const { indiDefine } = cliLimits.values;
  let foreign: FairleadError | undefined;
  const look = clock.after(indiDefine, async () => {
    const fault = await server.fault(indiDefine);
    if (isFairleadError(fault, 'INDI_SILENT')) terminal.err(await complaint(fault));
    else if (fault !== undefined) {
      foreign = fault;
      end.abort();
    }
  });
  let count = 0;
  const states = new Map<string, string>();
  try {
    for await (const change of server.client.watch(pattern, {
      signal: AbortSignal.any([interrupted, end.signal]),
    })) {
      const lines =
        format === 'json'
          ? [JSON.stringify(changeDocument(change, pattern))]
          : changeLines(change, pattern, states);
      for (const line of lines) terminal.out(`${line}\n`);
      if (lines.length > 0 && ++count >= wanted) return;
    }
    throw server.ended ?? coreErrors.error('PEER_CLOSED');
  } catch (error) {
    if (!interrupted.aborted && !end.signal.aborted) throw error;
  } finally {
    clock.clear(timer);
    clock.clear(look);
  }
  if (foreign !== undefined) throw foreign;
  if (interrupted.aborted && wanted !== Number.POSITIVE_INFINITY) throw coreErrors.error('ABORTED');
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
    if (late.signal.aborted && isFairleadError(error, 'ABORTED'))
      throw cliErrors.error('INDI_NO_ANSWER', { property, limit }, error);
    throw error;
  } finally {
    clock.clear(timer);
  }
}

/** Whether a wait ended by its time limit and not by Ctrl-C. */
function isLate(error: unknown, { terminal }: Context): boolean {
  return isFairleadError(error, 'ABORTED') && !terminal.interrupted.aborted;
}

interface Wish {
  readonly device: string;
  readonly name: string;
  readonly values: Record<string, string>;
}

/** Groups the assignments by property, in the given order. */
function wishesOf(assignments: readonly string[]): Map<string, Wish> {
  const wishes = new Map<string, Wish>();
  for (const assignment of assignments) {
    const match = /^([^=]+)\.([^.=]+)\.([^.=]*)=([\s\S]*)$/.exec(assignment);
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

/** The output format of `indi_getprop`. */
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

/** @param states the last shown states of the properties */
function changeLines(change: Change, pattern: PropertyPattern, states: Map<string, string>): string[] {
  if (change.kind === 'message') return [`${change.device ?? 'server'}: ${change.text}`];
  if (change.kind === 'removed') return [`${change.device}.${change.name} is gone`];
  const { property, message } = change;
  const { device, name, state } = property;
  const key = `${device}.${name}`;
  const lines = linesOf(property, pattern);
  if (lines.length === 0) return lines;
  // Show the state when it changes to Busy or Alert, even if the values are unchanged.
  const usual = state === 'Ok' ? 'Ok' : 'Idle';
  if (state !== (states.get(key) ?? usual)) lines.unshift(`${key}._STATE=${state}`);
  states.set(key, state);
  if (message) lines.push(`${device}: ${message}`);
  return lines;
}
