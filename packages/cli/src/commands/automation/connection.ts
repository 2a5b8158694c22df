import { cliErrors } from '../../catalogue.ts';
import { CliCommand } from '../../command.ts';
import type { Context } from '../../context.ts';
import { apiOf } from '../../http/api.ts';
import { type ForceOption, forceOption, revisionFor } from '../../revision.ts';
import {
  exportCommand,
  importCommand,
  type Kind,
  listCommand,
  quoted,
  removeCommand,
  showCommand,
} from './definitions.ts';
import { fieldsOfWords } from './fields.ts';

const kind: Kind = {
  kind: 'connection',
  example: { name: 'plc-7' },
  columns: [
    {
      head: 'ADDRESS',
      cell: ({ address = '127.0.0.1', device }) => (device === undefined ? `${address}` : `device ${device}`),
    },
    {
      head: 'PORT',
      cell: ({ port = 9_090, device }) => (device === undefined ? String(port) : undefined),
      right: true,
    },
    { head: 'CODE PAGE', cell: (row) => String(row.codePage ?? 'utf-8') },
    { head: 'FRAMING', cell: (row) => (typeof row.framing === 'object' ? 'rules' : (row.framing as string)) },
  ],
};

export function connectionCommand(context: Context): CliCommand {
  const group = new CliCommand('connection');
  for (const command of [
    addCommand(context),
    listCommand(context, kind),
    showCommand(context, kind),
    editCommand(context),
    removeCommand(context, kind),
    testCommand(context),
    exportCommand(context, kind),
    importCommand(context, kind),
  ])
    group.addCommand(command);
  return group;
}

/** The fields that can be set. A dot separates nested fields. */
export const FIELDS = [
  ...[
    'address',
    'port',
    'timeout',
    'codePage',
    'onInvalid',
    'framing',
    'maxMessage',
    'maxClients',
    'allowHttp',
  ],
  ...['logSent', 'logReceived', 'keepAlive', 'connectTimeout', 'reconnect.attempts', 'reconnect.delay'],
  ...['device', 'wait', 'hold'],
  ...['tls', 'tls.ca', 'tls.cert', 'tls.key', 'tls.passphrase', 'tls.servername', 'tls.insecure', 'group'],
];

function addCommand(context: Context): CliCommand {
  return new CliCommand('add')
    .argument('<name>')
    .argument('[fields...]', `name=value: ${FIELDS.join(', ')}`)
    .description('Save a connection; docs/automation.md describes its fields')
    .example('fairlead connection add plc-7 address=10.0.0.5 port=4001', 'save the address of a peer')
    .example(
      'fairlead connection add scale port=4001 codePage=windows-1252 framing=line timeout=10',
      'save an address with encoding, framing and timeout',
    )
    .example(
      'fairlead connection add door address=0.0.0.0 port=9090 maxClients=5',
      'save a port to listen on',
    )
    .example('fairlead connection add bench device=scale-1 timeout=5', 'save the link of a dialled device')
    .action(async (name: string, words: string[], _options: unknown, self: CliCommand) => {
      await apiOf(context.terminal).connections.add({ body: { ...fieldsOfWords(words), name } });
      context
        .printer(self)
        .show({ name, saved: true }, () => [
          `Saved connection "${name}". Try it: fairlead connection test ${quoted(name)}`,
        ]);
    });
}

function editCommand(context: Context): CliCommand {
  return new CliCommand('edit')
    .argument('<name>')
    .argument('<fields...>', 'for instance port=4002 framing=line; port= resets a field to its default')
    .description('Change fields of a connection')
    .option(...forceOption)
    .example('fairlead connection edit plc-7 port=4002 group=', 'change the port and remove the group')
    .action(async (name: string, words: string[], options: ForceOption, self: CliCommand) => {
      const api = apiOf(context.terminal);
      const now = await api.connections.get({ params: { name }, query: { secrets: true } });
      const { name: _name, changedAt: _changedAt, revision: _revision, ...fields } = now;
      const revision = await revisionFor(options, async () => now);
      await api.connections.put({ params: { name }, revision, body: fieldsOfWords(words, fields) });
      const lines = await lostTriggers(context, name);
      context.printer(self).show({ name, saved: true }, () => [`Saved connection "${name}".`, ...lines]);
    });
}

/** Triggers that use the connection restart their listener at once. Returns those that can no longer listen. */
async function lostTriggers(context: Context, connection: string): Promise<string[]> {
  const api = apiOf(context.terminal);
  const users = (await api.triggers.list()).filter((trigger) => trigger.connection === connection);
  if (users.length === 0) return [];
  const states = await api.triggers.states();
  return states
    .filter(({ name, state }) => state === 'failed' && users.some((user) => user.name === name))
    .map(
      ({ name, error, code }) => `The trigger "${name}" cannot listen and keeps retrying: ${error} (${code})`,
    );
}

function testCommand(context: Context): CliCommand {
  return new CliCommand('test')
    .argument('<name>')
    .option('--listen', 'listen instead of connecting, as a trigger does')
    .description('Test a connection: connect or listen, then close')
    .example('fairlead connection test plc-7', 'test whether the peer accepts a connection')
    .example('fairlead connection test door --listen', 'test whether the port is free')
    .action(async (name: string, { listen }: { listen?: boolean }, self: CliCommand) => {
      const print = context.printer(self);
      const how = listen ? 'listen' : 'connect';
      const tested = await apiOf(context.terminal).connections.test({
        params: { name },
        body: { how },
        extraTime: 60_000,
      });
      print.show(tested, () => (tested.ok ? [tested.words] : []));
      if (!tested.ok) throw cliErrors.error('RUN_FAILED', { reason: tested.words, code: tested.code });
    });
}
