import { cliErrors } from '../catalogue.ts';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { readJson } from '../input.ts';
import { type DeviceOptions, deviceOptions, linkTerms } from '../profile/device-options.ts';
import { withScripts } from '../profile/scripts.ts';

interface EncodeOptions extends DeviceOptions {
  readonly hex?: boolean;
}

interface Downlink {
  readonly kind: 'attributes' | 'command';
  readonly values: unknown;
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
  const terms = { ...(await linkTerms(options, terminal)), known: true };
  const bytes = await withScripts(terminal, async (scripts) => {
    const { openLink } = await import('../profile/open-link.ts'); // loaded while the sandbox starts
    return (await openLink(name, scripts, terms)).encode(input, terminal.clock.now());
  });
  await terminal.write(options.hex ? Buffer.from(`${bytes.toString('hex')}\n`) : bytes);
}

/** `{kind, values}` as it is; an object with a method is a command; all else are attributes. */
function downlinkOf(value: unknown): Downlink {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw cliErrors.error('INPUT_NOT_JSON', { reason: 'expected an object' });
  const { kind, values, method, ...rest } = value as Record<string, unknown>;
  const isWhole = (kind === 'attributes' || kind === 'command') && Object.keys(rest).length === 0;
  if (isWhole && values !== undefined && method === undefined) return { kind, values };
  return { kind: typeof method === 'string' ? 'command' : 'attributes', values: value };
}
