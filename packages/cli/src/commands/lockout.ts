import type { LockoutView } from '@fairlead/api';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { apiOf } from '../http/api.ts';
import { ListCommand } from '../list-command.ts';
import { ahead } from '../output/text.ts';

export function lockoutCommand(context: Context): CliCommand {
  const group = new CliCommand('lockout');
  for (const command of [listCommand(context), removeCommand(context)]) group.addCommand(command);
  return group;
}

function listCommand(context: Context): CliCommand {
  return new ListCommand('ls', context)
    .description('List the addresses from which tokens were guessed, and the users whose passwords were')
    .example('fairlead lockout ls', 'list who is locked out, and until when')
    .action(async (_options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const now = context.terminal.clock.now();
      const lockouts = await apiOf(context.terminal).lockouts.list();
      const columns = [
        { head: 'ADDRESS', cell: ({ address }: LockoutView) => address },
        { head: 'USER', cell: ({ user }: LockoutView) => user },
        {
          head: 'LOCKED OUT OF',
          cell: ({ of, listener }: LockoutView) =>
            of === 'listener' ? `listener ${listener}` : 'signing in',
        },
        { head: 'ENDS', cell: ({ until }: LockoutView) => ahead(Date.parse(until), now) },
      ];
      print.show(lockouts, () => (lockouts.length === 0 ? [] : print.table<LockoutView>(columns, lockouts)));
      if (lockouts.length === 0 && !print.json) print.note('Nobody is locked out.');
    });
}

function removeCommand(context: Context): CliCommand {
  return new CliCommand('rm')
    .argument('<who>', 'the address, or the name of the user')
    .description('Let an address or a user try again at once; its failures are forgotten')
    .example('fairlead lockout rm 192.0.2.7', 'let the devices behind this address connect again')
    .action(async (who: string, _options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      await apiOf(context.terminal).lockouts.end({ params: { who } });
      print.show({ who, removed: true }, () => [`${who} may try again.`]);
    });
}
