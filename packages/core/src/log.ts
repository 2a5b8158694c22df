/** Where a part reports what a person should know. `pino` fits. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Drops every line. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
