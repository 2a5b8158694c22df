import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { ImportResult } from '@fairlead/api';
import { coreErrors } from '@fairlead/core';
import { cliErrors } from '../catalogue.ts';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { apiOf } from '../http/api.ts';
import { unreadable } from '../input.ts';
import type { Printer } from '../output/printer.ts';
import { Progress } from '../output/progress.ts';
import { printable } from '../output/text.ts';
import type { Terminal } from '../terminal.ts';

export function importCommand(context: Context): CliCommand {
  return new CliCommand('import')
    .argument(
      '<file>',
      'file with one JSON definition per line, in the format of the HTTP API; "-" reads stdin',
    )
    .description(
      'Register many devices and print their tokens. Existing devices with the same definition are not changed, so that an import can be repeated',
    )
    .option('--rotate', 'replace and print the tokens of existing devices; the old tokens become invalid')
    .example(
      'fairlead device import devices.ndjson > tokens.txt',
      'write one line with name and token per device',
    )
    .example(`echo '{"name": "meter-2"}' | fairlead device import - --format json`, 'import from a program')
    .example(
      'fairlead device import devices.ndjson --rotate > tokens.txt',
      'import again after tokens were lost',
    )
    .action(async (path: string, { rotate }: { rotate?: boolean }, self: CliCommand) => {
      const print = context.printer(self);
      const api = apiOf(context.terminal);
      const { interrupted } = context.terminal;
      const { stream: content, bytes } = await source(path, context.terminal);
      using progress = new Progress(context.terminal, path, bytes);
      const results = resultPrinter(print);
      let failed = 0;
      let total = 0;
      let kept = 0;
      const existing = rotate ? 'rotate' : 'keep';
      for await (const result of api.devices.import({
        query: { existing },
        body: counted(content, progress),
      })) {
        total++;
        if (result.existing && result.token === undefined) kept++;
        if (result.code !== undefined) {
          failed++;
          progress.clear();
          print.note(`line ${result.line}: ${result.code}: ${printable(result.message ?? '')}`);
        }
        results.add(result);
        // If tokens can no longer be written, stop the import.
        if (interrupted.aborted) throw coreErrors.error('ABORTED');
      }
      results.end();
      progress.clear();
      if (failed > 0) throw cliErrors.error('IMPORT_INCOMPLETE', { failed, total });
      if (print.json) return;
      if (total > kept) print.note(`${total - kept} devices imported. The tokens are shown only once.`);
      if (kept > 0)
        print.note(`${kept} devices already exist and keep their tokens; --rotate replaces them.`);
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

/** The bytes as they are read, which the service takes no faster than it works. */
function counted(stream: ReadableStream<Uint8Array>, progress: Progress): ReadableStream<Uint8Array> {
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      progress.add(chunk.length);
      controller.enqueue(chunk);
    },
  });
  return stream.pipeThrough(count);
}

interface Source {
  readonly stream: ReadableStream<Uint8Array>;
  /** Absent: not known. */
  readonly bytes?: number;
}

async function source(path: string, terminal: Terminal): Promise<Source> {
  if (path === '-') return { stream: streamOf(Readable.from(terminal.stdin, { objectMode: false })) };
  try {
    const file = await open(path);
    const { size } = await file.stat();
    return { stream: streamOf(file.createReadStream()), bytes: size };
  } catch (error) {
    throw unreadable(path, error);
  }
}

const streamOf = (source: Readable) => Readable.toWeb(source) as ReadableStream<Uint8Array>;
