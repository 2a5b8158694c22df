import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { readJson } from '../input.ts';
import { type DeviceOptions, deviceOptions } from '../profile/device-options.ts';
import { downlinkOf } from '../profile/downlink.ts';
import { withScripts } from '../profile/scripts.ts';

interface EncodeOptions extends DeviceOptions {
  readonly hex?: boolean;
}

export function encodeCommand(context: Context): CliCommand {
  const command = new CliCommand('encode')
    .argument('<profile>', 'a profile of the catalogue (fairlead profile ls), or a folder such as ./my-meter')
    .argument(
      '<json>',
      'what is sent: {"method": ..., "params": ...} for a command, other values for attributes; "-" reads stdin',
    )
    .option('--hex', 'write hexadecimal digits');
  for (const option of deviceOptions()) command.addOption(option);
  return command
    .example(
      `fairlead encode gt06 '{"method": "text", "params": {"text": "STATUS#"}}' --hex`,
      'show the bytes of a command',
    )
    .action((name: string, json: string, options: EncodeOptions) => encode(context, name, json, options));
}

async function encode(
  { terminal }: Context,
  name: string,
  json: string,
  options: EncodeOptions,
): Promise<void> {
  const input = downlinkOf(await readJson(json, terminal));
  const bytes = await withScripts(terminal, async (scripts) => {
    const { openLink } = await import('../profile/open-link.ts'); // loaded while the sandbox starts
    const link = await openLink(name, { ...options, known: true }, terminal, scripts);
    return link.encode(input, terminal.clock.now());
  });
  await terminal.write(options.hex ? Buffer.from(`${bytes.toString('hex')}\n`) : bytes);
}
