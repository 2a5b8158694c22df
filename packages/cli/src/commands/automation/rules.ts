/** Check and test rules in files, and write an example. These commands do not need the service. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DryRunLine } from '@fairlead/server';
import { codePage } from '@fairlead/tcp';
import { Option } from 'commander';
import { countArgument } from '../../arguments.ts';
import { cliErrors } from '../../catalogue.ts';
import { CliCommand } from '../../command.ts';
import type { Context } from '../../context.ts';
import { apiOf } from '../../http/api.ts';
import { readInput, unwritable } from '../../input.ts';
import type { Printer } from '../../output/printer.ts';
import { printable } from '../../output/text.ts';
import type { Terminal } from '../../terminal.ts';
import { allowedEnvironment } from './environment.ts';
import { mistaken, showChecked } from './mistakes.ts';
import { lineText } from './run.ts';
import { Steps } from './stepping.ts';
import { variable, varOption } from './variable.ts';

type Side = 'task' | 'trigger';

export function rulesCommand(context: Context): CliCommand {
  const group = new CliCommand('rules');
  for (const command of [demoCommand(context), checkCommand(context), testCommand(context)])
    group.addCommand(command);
  return group;
}

const asOption = () => new Option('--as <side>', 'side that runs the rules').choices(['task', 'trigger']);

function demoCommand(context: Context): CliCommand {
  return new CliCommand('demo')
    .argument('[folder]', 'folder to write to', '.')
    .description('Write an example with handshake, heartbeat and instruction, for both sides')
    .example(
      'fairlead rules demo && fairlead rules test client.yaml --peer server.yaml',
      'write the example and run it',
    )
    .action(async (folder: string, _options: unknown, self: CliCommand) => {
      const { demoTask, demoTrigger } = await import('@fairlead/server');
      const files = { 'client.yaml': demoTask, 'server.yaml': demoTrigger };
      const written = Object.entries(files).map(([name, text]) => ({ path: join(folder, name), text }));
      for (const { path } of written)
        if (existsSync(path)) throw cliErrors.error('USAGE_INVALID', { reason: `${path} already exists.` });
      try {
        mkdirSync(folder, { recursive: true });
        for (const { path, text } of written) writeFileSync(path, text, { flag: 'wx' });
      } catch (error) {
        throw unwritable(folder, error);
      }
      const print = context.printer(self);
      print.show({ files: written.map(({ path }) => path) }, () => [
        ...written.map(({ path }) => `Wrote ${path}.`),
        `Run them: fairlead rules test ${written[0]?.path} --peer ${written[1]?.path}`,
      ]);
    });
}

function checkCommand(context: Context): CliCommand {
  return new CliCommand('check')
    .argument('<file>', 'YAML or JSON; - for stdin')
    .addOption(asOption())
    .description('Check rules and list every mistake with its line')
    .example('fairlead rules check client.yaml --as task', 'check before saving')
    .action(async (file: string, { as }: { as?: Side }, self: CliCommand) => {
      const { checkRules } = await import('@fairlead/server');
      const print = context.printer(self);
      const { file: found, problems = [] } = checkRules(await readInput(file, context.terminal), as);
      const rules = found?.tree.all ?? [];
      showChecked(print, file, found !== undefined, problems, {
        document: { rules: found && rules.map(({ name, path }) => ({ name, path })) },
        lines: rules.map(({ name, path }) => `${'  '.repeat(path.split('.').length)}${name}`),
        what: rules.length === 1 ? 'one rule' : `${rules.length} rules`,
      });
    });
}

interface TestOptions {
  readonly as: Side;
  readonly peer?: string;
  readonly max: number;
  readonly step?: boolean;
  readonly var?: Record<string, string>;
  readonly env?: readonly string[];
  readonly config?: string;
}

function testCommand(context: Context): CliCommand {
  return new CliCommand('test')
    .argument('<file>', 'file with rules and their connection; - for stdin')
    .addOption(asOption().default('task'))
    .option(
      '--peer <file>',
      'file with rules for the other side; by default the connection goes to a real peer',
    )
    .option(...varOption, variable)
    .option(
      '--env <name>',
      'environment variable that bodies may use as {{env.NAME}}, in addition to those that the configuration allows; may be repeated',
      (name: string, earlier: string[] = []) => [...earlier, name],
    )
    .option(
      '--config <file>',
      'configuration file that allows variables; default: fairlead.yaml, if it exists',
    )
    .option('-m, --max <count>', 'largest number of iterations of each rule', countArgument(1, 999), 10)
    .option(
      '--step',
      'ask at the terminal before each message is sent or awaited; timers stop during the question',
    )
    .description('Run rules once and show each step: time, direction, peer, rule, key, text and bytes')
    .example('fairlead rules test client.yaml --peer server.yaml', 'run both sides against each other')
    .example('fairlead rules test client.yaml --peer server.yaml --step', 'run step by step')
    .example('fairlead rules test login.yaml --env PLC_PASSWORD', 'use a secret from an environment variable')
    .example('fairlead rules test server.yaml --as trigger', 'listen for one client')
    .action((file: string, options: TestOptions, self: CliCommand) => test(context, file, options, self));
}

async function test(
  context: Context,
  file: string,
  { as, peer, max, step: stepwise, var: variables = {}, env = [], config }: TestOptions,
  self: CliCommand,
): Promise<void> {
  const { checkRules, parseConnection, dryRun } = await import('@fairlead/server');
  const { terminal } = context;
  const print = context.printer(self);
  const read = async (path: string, side: Side) => {
    const { file: rules, problems } = checkRules(await readInput(path, terminal), side);
    if (rules === undefined) throw mistaken(print, path, problems);
    const { tree, connection = {} } = rules;
    // Only the service has the saved definitions.
    const fields = typeof connection === 'string' ? await savedConnection(context, connection) : connection;
    return { tree, connection: parseConnection(fields) };
  };
  const sides = {
    ...(await read(file, as)),
    peer: peer === undefined ? undefined : await read(peer, as === 'task' ? 'trigger' : 'task'),
  };
  const allowed = await allowedEnvironment(terminal, { config, names: env });
  await using steps = stepwise ? stepsOf(terminal, [file, peer], print) : undefined;
  const show = (line: DryRunLine) => {
    const shown = { ...line, time: new Date(line.time).toISOString() };
    if (print.json) print.line(JSON.stringify(shown));
    else print.line(`${peer === undefined ? '' : line.side.padEnd(8)}${lineText(shown)}`);
  };
  const step = (line: DryRunLine) => (steps === undefined ? show(line) : steps.around(() => show(line)));
  const result = await dryRun({
    ...sides,
    as,
    ask: steps && ((next) => steps.ask(next)),
    maxIterations: max,
    variables: new Map(Object.entries(variables)),
    environment: allowed.variables,
    codePages: codePage,
    step,
    signal: leaving(terminal.interrupted),
    clock: terminal.clock,
    listening: (address) => {
      if (peer === undefined && !print.json)
        print.note(`Listening at ${address}, for one client. Ctrl-C stops.`);
    },
  });
  if (result === undefined) return;
  const { record } = result;
  if (print.json)
    print.line(
      JSON.stringify({
        result: record.result,
        reason: record.reason,
        code: record.code,
        messages: record.messages,
      }),
    );
  else {
    print.line(`${record.result}: ${record.reason}, ${record.duration} ms`);
    for (const { key, text } of record.messages) print.line(`  ${printable(`${key}: ${text}`)}`);
  }
  if (record.code === 'VARIABLE_DENIED' && allowed.broken !== undefined)
    print.note(`The configuration is not valid and therefore allows no variables: ${allowed.broken.message}`);
  if (record.reason === 'cut') {
    // A test of endless rules ends in this way. It is neither a failure nor a success.
    if (!print.json) print.note(printable(record.error ?? ''));
    return;
  }
  if (record.result !== 'success' && !(record.result === 'stopped' && steps !== undefined))
    throw cliErrors.error('RUN_FAILED', { reason: record.error ?? record.reason, code: record.code });
}

/** The reason of the stop, for the record of the run. */
function leaving(interrupted: AbortSignal): AbortSignal {
  const stop = new AbortController();
  const leave = () => stop.abort('a person stopped it');
  interrupted.addEventListener('abort', leave, { once: true });
  if (interrupted.aborted) leave();
  return stop.signal;
}

async function savedConnection(context: Context, name: string): Promise<object> {
  const api = apiOf(context.terminal);
  const {
    name: _name,
    changedAt: _changedAt,
    revision: _revision,
    ...fields
  } = await api.connections.get({ params: { name }, query: { secrets: true } });
  return fields;
}

/** Asks at the terminal before each step. Without a terminal, the rules run without steps. Throws USAGE_INVALID. */
function stepsOf(
  terminal: Terminal,
  files: readonly (string | undefined)[],
  print: Printer,
): Steps | undefined {
  if (files.includes('-')) {
    const reason =
      '--step reads answers from stdin, so that rules cannot come from stdin. Save them in a file.';
    throw cliErrors.error('USAGE_INVALID', { reason });
  }
  if (terminal.interactive) return new Steps(terminal);
  print.note('There is no terminal for questions: the rules run without steps.');
  return undefined;
}
