import { ProfileLink } from '@fairlead/profiles';
import type { Script } from '@fairlead/sandbox';
import { cliErrors } from '../catalogue.ts';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { readJson } from '../input.ts';
import { downlinkOf } from '../profile/downlink.ts';
import { readScript } from '../profile/script-source.ts';
import { withScripts } from '../profile/scripts.ts';
import { HexText } from '../wire/hex-text.ts';

interface RunOptions {
  readonly hex?: readonly string[];
  readonly json?: string;
}

export function scriptCommand(context: Context): CliCommand {
  return new CliCommand('script').addCommand(runCommand(context));
}

function runCommand(context: Context): CliCommand {
  return new CliCommand('run')
    .argument('<file>', 'script of a device, in JavaScript or TypeScript')
    .description(
      'Run a script on frames, without a device and without a service; console output goes to stderr',
    )
    .option(
      '--hex <digits>',
      'a frame for uplink, in hexadecimal digits; may be repeated: the frames of one link',
      (text: string, earlier: readonly string[] = []) => [...earlier, text],
    )
    .option(
      '--json <message>',
      'a message for downlink: {"method": ..., "params": ...}, other values, or {"kind": ..., "values": ...}; "-" reads stdin',
    )
    .example('fairlead script run meter.ts --hex 00fa2d', 'show what uplink makes of a frame')
    .example(
      `fairlead script run meter.ts --json '{"kind": "command", "values": {"method": "reset"}}'`,
      'show the bytes that downlink sends',
    )
    .action((file: string, options: RunOptions) => runScript(context, file, options));
}

async function runScript({ terminal }: Context, file: string, { hex, json }: RunOptions): Promise<void> {
  if ((hex === undefined) === (json === undefined))
    throw cliErrors.error('USAGE_INVALID', { reason: 'Give either --hex or --json.' });
  const source = await readScript(file, terminal);
  const frames = (hex ?? []).map(bytesOf);
  const message = json === undefined ? undefined : downlinkOf(await readJson(json, terminal));
  await withScripts(terminal, async (scripts) => {
    const link = scriptLink(await scripts.load(source));
    const print = (line: object) => terminal.out(`${JSON.stringify(line)}\n`);
    if (message !== undefined) {
      const bytes = await link.encode(message, terminal.clock.now());
      print({ hex: bytes.toString('hex') });
    }
    for (const frame of frames) print(await link.frame(frame, terminal.clock.now()));
  });
}

/** A link of a profile that consists of a script alone. */
function scriptLink(script: Script): ProfileLink {
  return new ProfileLink(
    {
      name: 'script',
      framing: 'raw',
      identity: script.hasIdentify ? { by: 'script', frames: 64 } : { by: 'none' },
      parameters: {},
      secret: 'none',
    },
    script,
  );
}

function bytesOf(text: string): Buffer {
  const digits = new HexText();
  const bytes = digits.write(text);
  digits.end();
  return bytes;
}
