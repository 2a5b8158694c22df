/**
 * The error catalogue. Every closed link, every refusal and every misuse has one code. Programs never compare message texts.
 *
 * Each package declares its part with {@link defineErrors}; `docs/errors.md` is generated from all parts.
 */

/** The category of an error, for callers that need no single code. */
export type ErrorKind =
  | 'closed' // a normal close that one of the two sides requested
  | 'framing' // bytes that do not match the framing
  | 'protocol' // a valid frame that the protocol does not allow here
  | 'limit' // a limit was reached
  | 'timeout' // a time limit passed
  | 'network' // an error from the operating system
  | 'auth' // identity missing, unknown or not allowed
  | 'script' // a user's script failed
  | 'state' // the call is not valid in the current state
  | 'config' // an option, a file or an argument is invalid
  | 'storage' // the store failed
  | 'bus' // the message bus failed
  | 'missing' // the named object does not exist
  | 'conflict'; // the named object already exists or is in use

/** Where the cause is: in this program, in the peer, or in the network, the operating system or the machine. */
export type ErrorSide = 'local' | 'remote' | 'environment';

export interface ErrorEntry {
  readonly kind: ErrorKind;
  readonly side: ErrorSide;
  /** Whether the same operation may succeed later without a change. */
  readonly retryable: boolean;
  /** One sentence with `{placeholders}`. Their values are required to create the error. */
  readonly message: string;
  /** What the reader can do about it. */
  readonly help: string;
}

export type ErrorDetails = Readonly<Record<string, string | number | boolean | undefined>>;

/** An error of the catalogue. `code` is stable. `details` contains the values of the message, such as limit and size. */
export class FairleadError extends Error {
  override readonly name = 'FairleadError';
  readonly code: string;
  readonly kind: ErrorKind;
  readonly side: ErrorSide;
  readonly retryable: boolean;
  readonly details: ErrorDetails;

  constructor(code: string, entry: ErrorEntry, details: ErrorDetails, cause?: unknown) {
    super(fill(entry.message, details), cause === undefined ? undefined : { cause });
    this.code = code;
    this.kind = entry.kind;
    this.side = entry.side;
    this.retryable = entry.retryable;
    this.details = details;
  }

  toJSON(): { code: string; message: string; details: ErrorDetails } {
    return { code: this.code, message: this.message, details: this.details };
  }
}

type Placeholders<T extends string> = T extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;
type DetailsOf<E extends ErrorEntry> = [Placeholders<E['message']>] extends [never]
  ? ErrorDetails
  : Readonly<Record<Placeholders<E['message']>, string | number | boolean>> & ErrorDetails;

export interface ErrorCatalogue<C extends Record<string, ErrorEntry>> {
  /** The package that declares the codes. */
  readonly owner: string;
  readonly entries: C;
  /** Creates the error of `code`. TypeScript requires a value for each placeholder of its message. */
  error<K extends keyof C & string>(
    code: K,
    ...rest: [Placeholders<C[K]['message']>] extends [never]
      ? [details?: ErrorDetails, cause?: unknown]
      : [details: DetailsOf<C[K]>, cause?: unknown]
  ): FairleadError;
}

/** Declares the part of the catalogue that belongs to a package. */
export function defineErrors<const C extends Record<string, ErrorEntry>>(
  owner: string,
  entries: C,
): ErrorCatalogue<C> {
  return {
    owner,
    entries,
    error: (code, ...[details, cause]) =>
      new FairleadError(code, entries[code] as ErrorEntry, details ?? {}, cause),
  };
}

/** Whether `value` is an error of the catalogue, and has the code if one is given. */
export function isFairleadError(value: unknown, code?: string): value is FairleadError {
  return value instanceof FairleadError && (code === undefined || value.code === code);
}

function fill(template: string, details: ErrorDetails): string {
  const filled = template.replace(/\{(\w+)\}/g, (whole, name: string) => String(details[name] ?? whole));
  return filled.replace(/([?!.…])\.$/, '$1'); // a reason may end with punctuation itself
}
