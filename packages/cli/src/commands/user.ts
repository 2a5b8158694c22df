import { ROLES, type Role, type SessionView, type UserView } from '@fairlead/api';
import { Argument, Option } from 'commander';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { apiOf } from '../http/api.ts';
import { ListCommand } from '../list-command.ts';
import type { Printer } from '../output/printer.ts';
import { ahead } from '../output/text.ts';
import { newPassword } from '../password.ts';
import { forEachName } from '../several.ts';
import { relative } from './device-text.ts';

const ROLE = 'viewer sees, operator also sends commands and runs things, administrator may do everything';

export function userCommand(context: Context): CliCommand {
  const group = new CliCommand('user');
  for (const command of [
    addCommand(context),
    listCommand(context),
    roleCommand(context),
    passwordCommand(context),
    linkCommand(context),
    sessionsCommand(context),
    signOutCommand(context),
    removeCommand(context),
  ])
    group.addCommand(command);
  return group;
}

interface AddOptions {
  readonly role: Role;
  readonly password: boolean;
}

function addCommand(context: Context): CliCommand {
  return new CliCommand('add')
    .argument('<name>', 'name of the user; an address of e-mail may be one')
    .description('Add a user. The password is asked for; without a terminal it is the first line of stdin')
    .addOption(new Option('--role <role>', ROLE).choices(ROLES).default('viewer'))
    .option('--no-password', 'the user has no password and signs in by a link: see "user link"')
    .example('fairlead user add ann --role operator', 'add an operator; the password is asked for')
    .example('fairlead user add bob --no-password', 'add a user who signs in by a link first')
    .action(async (name: string, { role, password }: AddOptions, self: CliCommand) => {
      const print = context.printer(self);
      const given = password ? await newPassword(context.terminal) : undefined;
      const added = await apiOf(context.terminal).users.add({ body: { name, role, password: given } });
      print.show(added, () => [`Added ${added.name} (${added.role}).`]);
    });
}

function listCommand(context: Context): CliCommand {
  return new ListCommand('ls', context)
    .description('List users, their roles and how many browsers are signed in')
    .example('fairlead user ls', 'list all users')
    .action(async (_options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const users = await apiOf(context.terminal).users.list();
      print.show(users, () => userTable(users, print, context.terminal.clock.now()));
      if (users.length === 0 && !print.json) print.note('No users yet. Add one: fairlead user add NAME');
    });
}

function roleCommand(context: Context): CliCommand {
  return new CliCommand('role')
    .argument('<name>', 'name of the user')
    .addArgument(new Argument('<role>', ROLE).choices(ROLES))
    .description('Give a user another role, from the next request on')
    .example('fairlead user role ann administrator', 'make ann an administrator')
    .action(async (name: string, role: Role, _options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const changed = await apiOf(context.terminal).users.change({ params: { name }, body: { role } });
      print.show(changed, () => [`${changed.name} is ${changed.role} now.`]);
    });
}

function passwordCommand(context: Context): CliCommand {
  return new CliCommand('passwd')
    .argument('<name>', 'name of the user')
    .description(
      'Give a user a new password, and end the sessions of the user. It is asked for; without a terminal it is the first line of stdin',
    )
    .example('fairlead user passwd ann', 'ask for a new password of ann')
    .example('fairlead user passwd ann < password.txt', 'read it from a file')
    .action(async (name: string, _options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const password = await newPassword(context.terminal);
      await apiOf(context.terminal).users.setPassword({ params: { name }, body: { password } });
      print.show({ name, changed: true }, () => [`Changed the password of ${name}.`]);
    });
}

function linkCommand(context: Context): CliCommand {
  return new CliCommand('link')
    .argument('[name]', 'name of the user; without it the link is for the administrator')
    .description('Print a link that signs a browser in once, within ten minutes')
    .example('fairlead user link', 'sign in as the administrator')
    .example('fairlead user link ann', 'let ann in, who forgot the password')
    .action(async (name: string | undefined, _options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const api = apiOf(context.terminal);
      const { code, path, expiresAt } = await api.sessions.link({ body: { user: name } });
      const link = new URL(path.replace(/^\//, ''), api.url).href;
      print.show({ link, code, expiresAt }, () => [link]);
    });
}

function sessionsCommand(context: Context): CliCommand {
  return new CliCommand('sessions')
    .description('List the browsers that are signed in')
    .example('fairlead user sessions', 'list all sessions')
    .action(async (_options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const sessions = await apiOf(context.terminal).sessions.list();
      print.show(sessions, () => sessionTable(sessions, print, context.terminal.clock.now()));
      if (sessions.length === 0 && !print.json) print.note('Nobody is signed in.');
    });
}

function signOutCommand(context: Context): CliCommand {
  return new CliCommand('sign-out')
    .argument('<session>', 'id of a session, as "user sessions" shows it')
    .description('End a session, and close what runs with it')
    .example('fairlead user sign-out 01J8', 'end a session')
    .action(async (id: string, _options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      await apiOf(context.terminal).sessions.end({ params: { id } });
      print.show({ id, ended: true }, () => [`Ended ${id}.`]);
    });
}

function removeCommand(context: Context): CliCommand {
  return new CliCommand('rm')
    .argument('<name...>', 'name of the user')
    .description('Remove users, and end their sessions')
    .example('fairlead user rm bob', 'remove a user')
    .action(async (names: string[], _options: unknown, self: CliCommand) => {
      const api = apiOf(context.terminal);
      await forEachName({
        names,
        print: context.printer(self),
        work: async (name) => {
          await api.users.remove({ params: { name } });
          return { name, removed: true };
        },
        line: (name) => `Removed ${name}.`,
      });
    });
}

function userTable(users: readonly UserView[], print: Printer, now: number): string[] {
  if (users.length === 0) return [];
  return print.table<UserView>(
    [
      { head: 'NAME', cell: ({ name }) => name },
      { head: 'ROLE', cell: ({ role }) => role },
      { head: 'PASSWORD', cell: ({ password }) => (password ? 'yes' : 'no') },
      { head: 'SESSIONS', cell: ({ sessions }) => String(sessions), right: true },
      { head: 'CHANGED', cell: ({ changedAt }) => relative(changedAt, now) },
    ],
    users,
  );
}

function sessionTable(sessions: readonly SessionView[], print: Printer, now: number): string[] {
  if (sessions.length === 0) return [];
  return print.table<SessionView>(
    [
      { head: 'ID', cell: ({ id }) => id },
      { head: 'USER', cell: ({ user }) => user ?? 'administrator' },
      { head: 'FROM', cell: ({ remote }) => remote },
      { head: 'OPENED', cell: ({ createdAt }) => relative(createdAt, now) },
      { head: 'SEEN', cell: ({ seenAt }) => relative(seenAt, now) },
      { head: 'ENDS', cell: ({ expiresAt }) => ahead(Date.parse(expiresAt), now) },
    ],
    sessions,
  );
}
