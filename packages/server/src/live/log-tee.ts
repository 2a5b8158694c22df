/** A copy of the log for readers of the live stream. */
import type { Log } from '@fairlead/gateway';

type Level = 'debug' | 'info' | 'warn' | 'error';
export type LogLine = {
  readonly level: Level;
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
};

/** Characters of one text that are copied. */
const SHOWN = 2_000;
/** As in the log itself. */
const SECRET = /^(token|password|authorization)$/;

/** Passes all lines on to `log`, and to the listeners that are there. Without listeners it costs two comparisons per line. */
export class LogTee implements Log {
  readonly #log: Log;
  readonly #listeners = new Set<(line: LogLine) => void>();
  /** Listeners of warnings and errors alone. */
  readonly #troubled = new Set<(line: LogLine) => void>();

  constructor(log: Log) {
    this.#log = log;
  }

  listen(listener: (line: LogLine) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Only warnings and errors. */
  listenToTrouble(listener: (line: LogLine) => void): () => void {
    this.#troubled.add(listener);
    return () => this.#troubled.delete(listener);
  }

  debug(fields: object, message: string): void {
    this.#log.debug(fields, message);
    this.#tell('debug', fields, message);
  }
  info(fields: object, message: string): void {
    this.#log.info(fields, message);
    this.#tell('info', fields, message);
  }
  warn(fields: object, message: string): void {
    this.#log.warn(fields, message);
    this.#tell('warn', fields, message);
  }
  error(fields: object, message: string): void {
    this.#log.error(fields, message);
    this.#tell('error', fields, message);
  }

  /** Of the fields only texts, numbers and flags: an object may hold anything. */
  #tell(level: Level, fields: object, message: string): void {
    const troubled = level === 'warn' || level === 'error' ? this.#troubled.size : 0;
    if (this.#listeners.size + troubled === 0) return;
    const shown: Record<string, string | number | boolean> = {};
    for (const [key, value] of Object.entries(fields)) {
      if (SECRET.test(key)) continue;
      if (typeof value === 'string') shown[key] = value.slice(0, SHOWN);
      else if (typeof value === 'number' || typeof value === 'boolean') shown[key] = value;
    }
    const line = { level, message: message.slice(0, SHOWN), fields: shown };
    for (const listener of this.#listeners) listener(line);
    if (troubled > 0) for (const listener of this.#troubled) listener(line);
  }
}
