import type { CliCommand } from './command.ts';
import type { Context } from './context.ts';

/** A command of `fairlead`, as the help of `fairlead` shows it. Its module is loaded when the command is used. */
export interface ListedCommand {
  readonly name: string;
  /** Its options and arguments; empty for a command with subcommands. */
  readonly usage: string;
  readonly description: string;
  readonly load: () => Promise<(context: Context) => CliCommand>;
}

/** The commands in the order of the help. */
export const commandList: readonly ListedCommand[] = [
  {
    name: 'serve',
    usage: '[options]',
    description: 'Run the service until Ctrl-C',
    load: async () => (await import('./commands/serve.ts')).serveCommand,
  },
  {
    name: 'device',
    usage: '',
    description: 'Manage devices that connect to Fairlead, and send to them',
    load: async () => (await import('./commands/device.ts')).deviceCommand,
  },
  {
    name: 'downlink',
    usage: '',
    description: 'Messages to devices that are kept until these listen, and what became of them',
    load: async () => (await import('./commands/downlink.ts')).downlinkCommand,
  },
  {
    name: 'inbox',
    usage: '',
    description: 'Devices that connected and are not registered yet',
    load: async () => (await import('./commands/inbox.ts')).inboxCommand,
  },
  {
    name: 'link',
    usage: '',
    description: 'Show and close the links of devices',
    load: async () => (await import('./commands/link.ts')).linkCommand,
  },
  {
    name: 'tap',
    usage: '[options] <target>',
    description: 'Show what happens on a link while it happens: bytes in both directions, frames, values',
    load: async () => (await import('./commands/tap.ts')).tapCommand,
  },
  {
    name: 'capture',
    usage: '',
    description: 'Write what happens on the links of a device to a file, for later or for Wireshark',
    load: async () => (await import('./commands/capture.ts')).captureCommand,
  },
  {
    name: 'replay',
    usage: '[options] <capture>',
    description: 'Decode a capture again with another profile or script, and show what differs',
    load: async () => (await import('./commands/replay.ts')).replayCommand,
  },
  {
    name: 'sub',
    usage: '[options] [device]',
    description: 'Print messages as they arrive, one JSON object per line, until Ctrl-C',
    load: async () => (await import('./commands/sub.ts')).subCommand,
  },
  {
    name: 'sim',
    usage: '[options] <protocol>',
    description: 'Simulate devices that connect over real sockets, and print what they receive, until Ctrl-C',
    load: async () => (await import('./commands/sim.ts')).simCommand,
  },
  {
    name: 'dial',
    usage: '[options] <endpoint>',
    description: 'Connect to a TCP peer: send stdin to it and write what it sends to stdout, until it closes',
    load: async () => (await import('./commands/dial.ts')).dialCommand,
  },
  {
    name: 'listen',
    usage: '[options] <endpoint>',
    description:
      'Accept TCP clients, one after another: write what they send to stdout and send stdin to them',
    load: async () => (await import('./commands/listen.ts')).listenCommand,
  },
  {
    name: 'frame',
    usage: '',
    description: 'Test a framing on bytes, without a connection',
    load: async () => (await import('./commands/frame.ts')).frameCommand,
  },
  {
    name: 'profile',
    usage: '',
    description: 'Profiles of devices: the catalogue, and your own',
    load: async () => (await import('./commands/profile.ts')).profileCommand,
  },
  {
    name: 'decode',
    usage: '[options] <profile>',
    description: 'Decode what a device sent, from stdin, without a service: one JSON object per frame',
    load: async () => (await import('./commands/decode.ts')).decodeCommand,
  },
  {
    name: 'encode',
    usage: '[options] <profile> <json>',
    description: 'Write the bytes that a profile sends for a command or for attributes',
    load: async () => (await import('./commands/encode.ts')).encodeCommand,
  },
  {
    name: 'script',
    usage: '',
    description: 'Try a script of a device, without a device',
    load: async () => (await import('./commands/script.ts')).scriptCommand,
  },
  {
    name: 'connection',
    usage: '',
    description: 'Saved connections of tasks and triggers',
    load: async () => (await import('./commands/automation/connection.ts')).connectionCommand,
  },
  {
    name: 'rules',
    usage: '',
    description: 'Check and test interaction rules in files',
    load: async () => (await import('./commands/automation/rules.ts')).rulesCommand,
  },
  {
    name: 'task',
    usage: '',
    description: 'Rules run as a TCP client',
    load: async () => (await import('./commands/automation/groups.ts')).taskCommand,
  },
  {
    name: 'trigger',
    usage: '',
    description: 'Rules run as a TCP listener',
    load: async () => (await import('./commands/automation/groups.ts')).triggerCommand,
  },
  {
    name: 'job',
    usage: '',
    description: 'Lists of steps that triggers, schedules and people start',
    load: async () => (await import('./commands/automation/jobs.ts')).jobCommand,
  },
  {
    name: 'run',
    usage: '',
    description: 'The history of tasks, triggers and jobs',
    load: async () => (await import('./commands/automation/run.ts')).runCommand,
  },
  {
    name: 'driver',
    usage: '',
    description: 'Write, run and manage INDI drivers',
    load: async () => (await import('./commands/driver.ts')).driverCommand,
  },
  {
    name: 'indi',
    usage: '',
    description: 'Use any INDI server, of Fairlead or another',
    load: async () => (await import('./commands/indi.ts')).indiCommand,
  },
  {
    name: 'user',
    usage: '',
    description: 'People who sign in: roles, passwords, links, sessions',
    load: async () => (await import('./commands/user.ts')).userCommand,
  },
  {
    name: 'token',
    usage: '',
    description: 'Tokens of the HTTP API, for programs',
    load: async () => (await import('./commands/token.ts')).tokenCommand,
  },
  {
    name: 'lockout',
    usage: '',
    description: 'Addresses and users that are locked out',
    load: async () => (await import('./commands/lockout.ts')).lockoutCommand,
  },
  {
    name: 'audit',
    usage: '',
    description: 'Who changed what',
    load: async () => (await import('./commands/audit.ts')).auditCommand,
  },
  {
    name: 'backup',
    usage: '[options] <file>',
    description: 'Copy all data of the running service into one file',
    load: async () => (await import('./commands/backup.ts')).backupCommand,
  },
  {
    name: 'restore',
    usage: '[options] <file>',
    description: 'Put a backup into a data folder whose service is stopped',
    load: async () => (await import('./commands/restore.ts')).restoreCommand,
  },
  {
    name: 'doctor',
    usage: '[options]',
    description: 'Check the service and its machine, and say what to do',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand,
  },
  {
    name: 'status',
    usage: '[options]',
    description: 'Show how the service is: its parts, devices and listeners, and what needs attention',
    load: async () => (await import('./commands/status.ts')).statusCommand,
  },
  {
    name: 'context',
    usage: '',
    description: 'Several services under names, with their tokens',
    load: async () => (await import('./commands/context.ts')).contextCommand,
  },
  {
    name: 'completion',
    usage: '<shell>',
    description: 'Print a script that completes commands, options and names in a shell',
    load: async () => (await import('./commands/completion.ts')).completionCommand,
  },
  {
    name: 'config',
    usage: '',
    description: 'The configuration of the service',
    load: async () => (await import('./commands/config.ts')).configCommand,
  },
];
