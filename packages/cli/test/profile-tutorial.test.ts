/** docs/profile-tutorial.md does what it says: its files are written and its commands run, in the order of the page. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { createLog, loadConfig, type Service, startService } from '@fairlead/server';
import { eventually } from '@fairlead/testkit';
import { run } from '../src/run.ts';
import { TestTerminal } from './support/terminal.ts';

interface Block {
  readonly kind: string;
  readonly text: string;
  /** The file that the sentence before the block names at its end. */
  readonly file: string | undefined;
}

const page = readFileSync(new URL('../../../docs/profile-tutorial.md', import.meta.url), 'utf8');
const blocks: Block[] = [...page.matchAll(/([^\n]*)\n\n```(\w+)\n([\s\S]*?)```/g)].map(
  ([, before = '', kind = '', text = '']) => ({
    kind,
    text,
    file: /`([\w./-]+\.\w+)`[^`]*:$/.exec(before)?.[1],
  }),
);
const DEFAULT_PORT = '7660';

/** The words of a command line, with single and double quotes. */
const words = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain ?? '',
  );

/** Whether output is as the page shows it. A line `...` stands for any number of lines. */
function assertShown(output: string, expected: string, line: string): void {
  const pattern = expected
    .trimEnd()
    .split('\n')
    .map((text) => (text === '...' ? '[\\s\\S]*' : RegExp.escape(text)))
    .join('\n');
  assert.match(output.trimEnd(), new RegExp(`^${pattern}$`), line);
}

/** One reader of the page: a folder, a service, and simulators in other terminals. */
class Reader implements AsyncDisposable {
  readonly dir = mkdtempSync(join(tmpdir(), 'fairlead-tutorial-'));
  readonly #simulators: { terminal: TestTerminal; status: Promise<number> }[] = [];
  #service: Service | undefined;
  #env: Record<string, string> = {};

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.dir, file)), { recursive: true });
    writeFileSync(join(this.dir, file), text);
  }

  /** Runs a line of the page. Resolves with what it shows. */
  async run(line: string): Promise<string> {
    const [, command, ...rest] = words(line);
    if (command === 'serve') return this.#serve();
    const port = this.#service?.addresses.listeners.tanks?.split(':').at(-1) ?? '';
    const from = rest.indexOf('<');
    const stdin = from < 0 ? '' : readFileSync(join(this.dir, rest[from + 1] as string), 'utf8');
    const argv = (from < 0 ? rest : rest.slice(0, from)).map((word) => (word === DEFAULT_PORT ? port : word));
    const id = argv.includes('ID') ? await this.#unknown() : '';
    const terminal = new TestTerminal(this.#env, stdin);
    const status = run([command as string, ...argv.map((word) => (word === 'ID' ? id : word))], terminal);
    if (command === 'sim') {
      this.#simulators.push({ terminal, status });
      await Promise.race([terminal.until(({ stderr }) => stderr.includes('Ctrl-C ends')), status]);
      assert.match(terminal.stderr, /Ctrl-C ends/);
      return terminal.stderr;
    }
    assert.equal(await status, 0, `${line}\n${terminal.stdout}${terminal.stderr}`);
    return terminal.stdout;
  }

  /** What the first simulator has shown. */
  get received(): string {
    return this.#simulators[0]?.terminal.stdout ?? '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { terminal, status } of this.#simulators) {
      terminal.interrupt('SIGINT');
      await status;
    }
    await this.#service?.close();
    rmSync(this.dir, { recursive: true, force: true });
  }

  async #serve(): Promise<string> {
    await this.#service?.close();
    const off = { listen: 'off' };
    const hasListener = existsSync(join(this.dir, 'fairlead.yaml'));
    const { config } = loadConfig({
      cwd: this.dir,
      env: {},
      flags: {
        data: join(this.dir, 'data'),
        http: { listen: '127.0.0.1:0' },
        bus: { embedded: off },
        listeners: {
          official: off,
          custom: off,
          ...(hasListener ? { tanks: { listen: '127.0.0.1:0' } } : {}),
        },
      },
    });
    const log = createLog({ level: 'silent', format: 'json', terminal: false, stream: { write: () => {} } });
    this.#service = await startService({ config, log });
    this.#env = {
      FAIRLEAD_URL: `http://${this.#service.addresses.http}`,
      FAIRLEAD_TOKEN: readFileSync(join(this.dir, 'data', 'admin-token'), 'utf8').trim(),
    };
    return '';
  }

  /** The id of the device in the inbox. */
  async #unknown(): Promise<string> {
    let entries: { id: string; profile: string; identity: string; connected: boolean }[] = [];
    await eventually(async () => {
      const terminal = new TestTerminal(this.#env);
      await run(['inbox', 'ls', '--format', 'json'], terminal);
      entries = JSON.parse(terminal.stdout);
      return entries.length > 0;
    }, 'a device in the inbox');
    const [entry] = entries;
    assert.deepEqual([entry?.profile, entry?.identity, entry?.connected], ['tank', '004711000001', true]);
    return entry?.id ?? '';
  }
}

test('the page', async () => {
  await using reader = new Reader();
  const home = process.cwd();
  process.chdir(reader.dir);
  try {
    let shown = '';
    let last = '';
    let commands = 0;
    for (const { kind, text, file } of blocks) {
      if (file !== undefined) reader.write(file, text);
      else if (kind === 'text') assertShown(shown, text, last);
      else if (kind === 'sh')
        for (const line of text.trimEnd().split('\n')) {
          shown = await reader.run(line);
          last = line;
          commands++;
          if (line.startsWith('fairlead sub')) {
            const readings = shown
              .trimEnd()
              .split('\n')
              .map((one) => JSON.parse(one));
            assert.equal(readings.length, 2);
            assert.ok(
              readings.some(({ values }) => values.level === 80 || values.firmware === '2.3'),
              shown,
            );
          }
          if (line.startsWith('fairlead device send'))
            await eventually(
              () => /sim-tank-0001 received a55a1002000fa5e7/.test(reader.received),
              'the command',
            );
        }
      else assert.fail(`a block of ${kind} that no sentence names: ${text.slice(0, 80)}`);
    }
    assert.ok(commands >= 18, `only ${commands} commands were found`);
  } finally {
    process.chdir(home);
  }
});
