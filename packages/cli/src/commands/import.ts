import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { ImportResult } from '@fairlead/api';
import { coreErrors } from '@fairlead/core';
import { cliErrors } from '../catalogue.ts';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { unreadable } from '../input.ts';
import type { Printer } from '../output/printer.ts';
import { printable } from '../output/text.ts';
import type { Terminal } from '../terminal.ts';

export function importCommand(context: Context): CliCommand {
  return new CliCommand('import')
    .argument('<file>', 'one definition in JSON a line, as the HTTP API takes it; "-" reads stdin')
    .description(
      'Register many devices; prints the tokens as they are made. Devices that are there already as the file says are left alone, so that it can be done again',
    )
    .option('--rotate', 'give devices that are there already a new token, and print it; the old one is void')
    .example('fairlead device import devices.ndjson > tokens.txt', 'names and tokens, a line each')
    .example(`echo '{"name": "meter-2"}' | fairlead device import - --format json`, 'from a program')
    .example('fairlead device import devices.ndjson --rotate > tokens.txt', 'again, when tokens were lost')
    .action(async (path: string, { rotate }: { rotate?: boolean }, self: CliCommand) => {
      const print = context.printer(self);
      const api = context.api();
      const { interrupted } = context.terminal;
      const content = await source(path, context.terminal);
      const results = resultPrinter(print);
      let failed = 0;
      let total = 0;
      let kept = 0;
      const existing = rotate ? 'rotate' : 'keep';
      for await (const result of api.devices.import({ query: { existing }, body: content })) {
        total++;
        if (result.existing && result.token === undefined) kept++;
        if (result.code !== undefined) {
          failed++;
          print.note(`line ${result.line}: ${result.code}: ${printable(result.message ?? '')}`);
        }
        results.add(result);
        // Where tokens can no longer be written, none is taken any more.
        if (interrupted.aborted) throw coreErrors.error('ABORTED');
      }
      results.end();
      if (failed > 0) throw cliErrors.error('IMPORT_INCOMPLETE', { failed, total });
      if (print.json) return;
      if (total > kept) print.note(`${total - kept} devices imported. The tokens are shown this once.`);
      if (kept > 0)
        print.note(`${kept} were there already, and keep their tokens; --rotate gives them new ones.`);
    });
}

/** Tokens are shown once: they are printed as they come, a JSON array element by element. */
function resultPrinter(print: Printer): { add(result: ImportResult): void; end(): void } {
  let open = '[';
  return {
    add(result) {
      if (print.json) {
        print.line(`${open}${JSON.stringify(result)}`);
        open = ',';
      } else if (result.code === undefined && !(result.existing && result.token === undefined)) {
        print.line(`${result.name}  ${result.token ?? '-'}`);
      }
    },
    end() {
      if (print.json) print.line(open === '[' ? '[]' : ']');
    },
  };
}

async function source(path: string, terminal: Terminal): Promise<ReadableStream<Uint8Array>> {
  if (path === '-') return streamOf(Readable.from(terminal.stdin, { objectMode: false }));
  try {
    const file = await open(path);
    return streamOf(file.createReadStream());
  } catch (error) {
    throw unreadable(path, error);
  }
}

const streamOf = (source: Readable) => Readable.toWeb(source) as ReadableStream<Uint8Array>;
