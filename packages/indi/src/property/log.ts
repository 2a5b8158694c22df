import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { indiLimits } from '../limits.ts';
import { formatTimestamp } from '../wire/index.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** The name of a level in the log of a client. */
const SHOWN: Readonly<Record<LogLevel, string>> = {
  error: 'ERROR',
  warn: 'WARNING',
  info: 'INFO',
  debug: 'DEBUG',
};

interface LogSettings {
  /** The levels that clients get, and whether they get any. */
  readonly client: ReadonlySet<LogLevel>;
  /** The levels that are written to the file; empty: there is no file. */
  readonly file: ReadonlySet<LogLevel>;
}

/** The log of a device: sent to its clients as INDI messages, and written to a file if a client has enabled that. */
export class DeviceLog {
  settings: LogSettings = { client: new Set(['error', 'warn', 'info']), file: new Set() };
  readonly #send: (text: string) => void;
  readonly #file: () => string;
  readonly #now: () => number;
  #written = 0;
  #waiting = '';
  #writing: Promise<void> = Promise.resolve();

  /** @param file returns the path of the log file; called when the file is needed */
  constructor(send: (text: string) => void, file: () => string, now: () => number) {
    this.#send = send;
    this.#file = file;
    this.#now = now;
  }

  error(text: string): void {
    this.#log('error', text);
  }

  warn(text: string): void {
    this.#log('warn', text);
  }

  info(text: string): void {
    this.#log('info', text);
  }

  debug(text: string): void {
    this.#log('debug', text);
  }

  /** Resolves when all entries are in the file. */
  flushed(): Promise<void> {
    return this.#writing;
  }

  #log(level: LogLevel, text: string): void {
    const line = printable(text);
    if (this.settings.client.has(level)) this.#send(`[${SHOWN[level]}] ${line}`);
    if (this.settings.file.has(level))
      this.#write(`${formatTimestamp(this.#now())} ${SHOWN[level]} ${line}\n`);
  }

  #write(line: string): void {
    const limit = indiLimits.values.logFile;
    if (this.#written > limit) return;
    this.#written += Buffer.byteLength(line);
    const text = this.#written > limit ? `The log ends here: it has reached ${limit} bytes.\n` : line;
    if (this.#waiting === '') this.#writing = this.#writing.then(() => this.#append());
    this.#waiting += text;
  }

  async #append(): Promise<void> {
    const text = this.#waiting;
    this.#waiting = '';
    const file = this.#file();
    try {
      await mkdir(dirname(file), { recursive: true });
      await appendFile(file, text);
    } catch (error) {
      this.settings = { ...this.settings, file: new Set() };
      this.#send(`[ERROR] The log file ${file} cannot be written: ${(error as Error).message}.`);
    }
  }
}

/** Text that XML can contain: control characters, as devices send them, are replaced by dots. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
  return text.toWellFormed().replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '.');
}
