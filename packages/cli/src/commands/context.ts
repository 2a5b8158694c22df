/** `fairlead context`: several services under names. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { cliErrors } from '../catalogue.ts';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { type ContextService, Contexts } from '../contexts/contexts.ts';
import { readInput } from '../input.ts';
import { ListCommand } from '../list-command.ts';
import { forEachName } from '../several.ts';

export function contextCommand(context: Context): CliCommand {
  const group = new CliCommand('context');
  for (const command of [
    addCommand(context),
    useCommand(context),
    listCommand(context),
    removeCommand(context),
  ])
    group.addCommand(command);
  return group;
}

interface AddOptions {
  readonly tokenFile?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly insecure?: true;
}

function addCommand(context: Context): CliCommand {
  return new CliCommand('add')
    .argument('<name>', 'name of the context')
    .argument('<url>', 'address of the service, such as https://plant.example:7650')
    .description('Remember a service under a name; one of the same name is replaced')
    .option(
      '--token-file <file>',
      'file with the token for it, or "-" for stdin; it is copied into a file that only you can read',
    )
    .option(
      '--ca <file>',
      'file with the certificates of the authorities that may have signed its certificate',
    )
    .option('--cert <file>', 'file with your certificate, if the service asks for one')
    .option('--key <file>', 'file with the private key of that certificate')
    .option('--insecure', 'do not check its certificate; each command warns of it')
    .example(
      'fairlead context add plant https://plant.example:7650 --token-file plant.token --ca plant-ca.pem',
      'remember a service with TLS and a token',
    )
    .action(async (name: string, url: string, options: AddOptions, self: CliCommand) => {
      const service = serviceOf(url, options, self);
      const { tokenFile } = options;
      const token =
        tokenFile === undefined ? undefined : (await readInput(tokenFile, context.terminal)).trim();
      if (token === '' || (token !== undefined && /\s/.test(token)))
        self.error(`error: ${tokenFile} has no token, or more than one`);
      new Contexts(context.terminal.env).put(name, service, token);
      const print = context.printer(self);
      print.show({ name, ...service, token: token !== undefined }, () => [`Saved the context ${name}.`]);
      if (!print.json)
        print.note(`Use it: fairlead context use ${name}, or --context ${name} for one command`);
    });
}

function serviceOf(text: string, { ca, cert, key, insecure }: AddOptions, self: CliCommand): ContextService {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    self.error(`error: "${text}" is not an address such as https://plant.example:7650`);
  if (url.username !== '' || url.password !== '')
    self.error('error: the address has a user or a password; give a token with --token-file');
  const tls = [ca, cert, key, insecure].some((option) => option !== undefined);
  if (tls && url.protocol !== 'https:') self.error('error: --ca, --cert, --key and --insecure need https://');
  if ((cert === undefined) !== (key === undefined)) self.error('error: --cert and --key belong together');
  for (const path of [ca, cert, key])
    if (path !== undefined && !existsSync(path))
      throw cliErrors.error('FILE_UNREADABLE', { path, reason: 'the file does not exist' });
  return {
    url: url.href,
    ...(ca !== undefined && { ca: resolve(ca) }),
    ...(cert !== undefined && { cert: resolve(cert) }),
    ...(key !== undefined && { key: resolve(key) }),
    ...(insecure && { insecure }),
  };
}

function useCommand(context: Context): CliCommand {
  return new CliCommand('use')
    .argument('[name]', 'name of the context')
    .description(
      'Choose the service that commands talk to, unless --context or the environment names another',
    )
    .option('--none', 'choose none: commands talk to the service on this machine')
    .example('fairlead context use plant', 'all commands go to this service')
    .example('fairlead context use --none', 'back to the service on this machine')
    .action(async (name: string | undefined, { none }: { none?: boolean }, self: CliCommand) => {
      if ((name === undefined) === (none === undefined))
        self.error('error: give the name of a context, or --none');
      const contexts = new Contexts(context.terminal.env);
      contexts.use(name);
      const said =
        name === undefined ? 'Commands use no context.' : `Commands use ${contexts.get(name).url}.`;
      context.printer(self).show({ current: name ?? null }, () => [said]);
    });
}

function listCommand(context: Context): CliCommand {
  return new ListCommand('ls', context)
    .description('List contexts; the one in use has a star')
    .example('fairlead context ls', 'list the services that are remembered')
    .action(async (_options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const saved = new Contexts(context.terminal.env);
      const { current, contexts } = saved.read();
      const rows = Object.entries(contexts)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, service]) => ({
          name,
          ...service,
          current: name === current,
          token: existsSync(saved.tokenPath(name)),
        }));
      print.show(rows, () =>
        print.table<(typeof rows)[number]>(
          [
            { head: 'NAME', cell: (row) => row.name },
            { head: 'USED', cell: (row) => (row.current ? '*' : undefined) },
            { head: 'URL', cell: (row) => row.url },
            { head: 'TOKEN', cell: (row) => (row.token ? 'yes' : 'no') },
            { head: 'TLS', cell: tlsText },
          ],
          rows,
        ),
      );
      if (rows.length === 0) print.note('No contexts yet: fairlead context add NAME URL');
    });
}

function tlsText({ url, ca, cert, insecure }: ContextService): string | undefined {
  if (!url.startsWith('https:')) return undefined;
  const parts = [
    insecure ? 'not checked' : ca === undefined ? 'checked' : `checked by ${ca}`,
    ...(cert === undefined ? [] : [`as ${cert}`]),
  ];
  return parts.join(', ');
}

function removeCommand(context: Context): CliCommand {
  return new CliCommand('rm')
    .argument('<name...>')
    .description('Forget contexts and their tokens; the services keep the tokens')
    .example('fairlead context rm plant', 'forget one')
    .action(async (names: string[], _options: unknown, self: CliCommand) => {
      const contexts = new Contexts(context.terminal.env);
      await forEachName({
        names,
        print: context.printer(self),
        work: async (name) => {
          contexts.remove(name);
          return { name, removed: true };
        },
        line: (name) => `Forgot ${name}.`,
      });
    });
}
