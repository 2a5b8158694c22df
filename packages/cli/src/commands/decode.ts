import type { DecodedLine } from '@fairlead/profiles';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { type DeviceOptions, deviceOptions } from '../profile/device-options.ts';
import { withScripts } from '../profile/scripts.ts';
import type { Terminal } from '../terminal.ts';
import { HexText } from '../wire/hex-text.ts';

interface DecodeOptions extends DeviceOptions {
  readonly hex?: boolean;
  readonly known?: boolean;
  readonly explain?: boolean;
}

export function decodeCommand(context: Context): CliCommand {
  const command = new CliCommand('decode')
    .argument('<profile>', 'a profile of the catalogue (fairlead profile ls), or a folder such as ./my-meter')
    .option('--hex', 'read stdin as hexadecimal digits')
    .option('--known', 'the device is known: no frame must identify it')
    .option(
      '--explain',
      'which bytes yield which field; with --format json as a line of JSON for each frame',
    );
  for (const option of deviceOptions()) command.addOption(option);
  return command
    .example('fairlead decode gt06 < capture.bin', 'decode what a tracker sent, without a service')
    .example('echo 78780d0103534190360660610003c3df0d0a | fairlead decode gt06 --hex', 'decode one login')
    .example(
      'fairlead decode gt06 --explain --hex < position.txt',
      'show where latitude, time and the checksum of each frame are',
    )
    .action((name: string, options: DecodeOptions, command: CliCommand) =>
      decode(context, name, options, context.printer(command).json),
    );
}

async function decode(
  { terminal }: Context,
  name: string,
  options: DecodeOptions,
  json: boolean,
): Promise<void> {
  const digits = options.hex ? new HexText() : undefined;
  await withScripts(terminal, async (scripts) => {
    const { openLink } = await import('../profile/open-link.ts'); // loaded while the sandbox starts
    const { printExplained } = await import('../profile/explained.ts');
    const link = await openLink(name, options, terminal, scripts);
    const print = options.explain && !json ? printExplained : printLines;
    const now = () => terminal.clock.now();
    for await (const chunk of terminal.stdin) {
      if (terminal.interrupted.aborted) break;
      await print(terminal, await link.push(digits?.write(chunk) ?? Buffer.from(chunk as Uint8Array), now()));
    }
    digits?.end();
    await print(terminal, await link.end(now()));
    if (link.failure !== undefined) throw link.failure;
  });
}

async function printLines(terminal: Terminal, lines: readonly DecodedLine[]): Promise<void> {
  if (lines.length > 0)
    await terminal.write(Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join('')));
}
