/**
 * The error catalogue. Every close, every refusal and every misuse has one code; nothing is told apart by its text.
 *
 * Each package declares its own part with {@link defineErrors}; `docs/errors.md` is generated from all parts.
 */

/** What went wrong, in the broadest terms: it is what a caller branches on when a single code is too fine. */
export type ErrorKind =
  | 'closed' // an ordinary end, asked for by one of the two sides
  | 'framing' // bytes that do not follow the framing
  | 'protocol' // well-framed, but not what the protocol allows here
  | 'limit' // a configured bound was met
  | 'timeout' // something did not happen in time
  | 'network' // the operating system reported it
  | 'auth' // identity missing, unknown or not allowed
  | 'script' // a user's script failed
  | 'state' // the call does not fit the present state
  | 'config' // an option, a file or an argument is wrong
  | 'storage' // the store failed
  | 'bus' // the message bus failed
  | 'missing' // the thing named does not exist
  | 'conflict'; // the thing named exists already, or is in use

/** Who is to blame: our own program, the peer at the other end, or what lies between and beneath. */
export type ErrorSide = 'local' | 'remote' | 'environment';

export interface ErrorEntry {
  readonly kind: ErrorKind;
  readonly side: ErrorSide;
  /** Whether the same operation may succeed later without a change. */
  readonly retryable: boolean;
  /** One sentence with `{placeholders}`; the values are required when the error is made. */
  readonly message: string;
  /** What the person who reads it can do. */
  readonly help: string;
}

export type ErrorDetails = Readonly<Record<string, string | number | boolean | undefined>>;

/** An error of the catalogue. `code` is stable; `details` are the values that met, such as limit and size. */
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
  /** The package that the codes belong to. */
  readonly owner: string;
  readonly entries: C;
  /** Makes the error of `code`. TypeScript asks for a value for each placeholder of its message. */
  error<K extends keyof C & string>(
    code: K,
    ...rest: [Placeholders<C[K]['message']>] extends [never]
      ? [details?: ErrorDetails, cause?: unknown]
      : [details: DetailsOf<C[K]>, cause?: unknown]
  ): FairleadError;
}

/** Declares a package's part of the catalogue. */
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

/** Whether `value` is an error of the catalogue, of that code if one is given. */
export function isFairleadError(value: unknown, code?: string): value is FairleadError {
  return value instanceof FairleadError && (code === undefined || value.code === code);
}

function fill(template: string, details: ErrorDetails): string {
  const filled = template.replace(/\{(\w+)\}/g, (whole, name: string) => String(details[name] ?? whole));
  return filled.replace(/([?!.…])\.$/, '$1'); // a reason may end as a sentence does
}
