import {
  type Clock,
  type Codec,
  type FairleadError,
  isFairleadError,
  Link,
  type LinkOwner,
  milliseconds,
  type Timer,
  type Transport,
  tcpErrors,
} from '@fairlead/tcp';
import { indiErrors } from '../catalogue.ts';
import { indiLimits } from '../limits.ts';
import type { DeviceLink, RequestOptions } from '../property/device-link.ts';

export interface LiveLinkOptions<In, Out> {
  readonly codec: Codec<In, Out>;
  readonly clock: Clock;
  /** Milliseconds to wait for an answer. */
  readonly requestTimeout: number;
  /** Frames that nobody asked for; without it they wait for `receive()`. */
  readonly unasked?: ((frame: In) => void) | undefined;
  /** The last call. */
  readonly closed: (cause: FairleadError) => void;
}

interface Command<In, Out> {
  readonly message: Out;
  /** Absent: no answer is awaited. */
  readonly answer:
    | {
        readonly reply: RequestOptions<In>['reply'];
        readonly match: ((frame: In) => boolean) | undefined;
        readonly timeout: number;
      }
    | undefined;
  readonly resolve: (frame?: In) => void;
  readonly reject: (reason: unknown) => void;
  /** Given up by who asked; its answer must still be awaited if it was sent. */
  abandoned: boolean;
}

interface Reader<In> {
  readonly resolve: (frame: In) => void;
  readonly reject: (reason: unknown) => void;
}

/** {@link DeviceLink} over a transport. One command is under way at a time. */
export class LiveLink<In, Out> implements DeviceLink<In, Out>, LinkOwner<In, Out> {
  readonly #options: LiveLinkOptions<In, Out>;
  readonly #link: Link<In, Out>;
  readonly #waiting: Command<In, Out>[] = [];
  #current: Command<In, Out> | undefined;
  #timer: Timer | undefined;
  readonly #unread: In[] = [];
  #readers: Reader<In>[] = [];

  constructor(transport: Transport, options: LiveLinkOptions<In, Out>) {
    this.#options = options;
    const { writeBuffer, closeGrace } = indiLimits.values;
    this.#link = new Link(transport, options.codec, this, { clock: options.clock, writeBuffer, closeGrace });
    void this.#pump();
  }

  get remote(): string {
    return this.#link.remote;
  }

  /** Why the link ended, once it has. */
  get cause(): FairleadError | undefined {
    return this.#link.cause;
  }

  request(message: Out, options: RequestOptions<In> = {}): Promise<In> {
    const { signal, reply, match } = options;
    const { requestTimeout } = this.#options;
    const timeout = options.timeout === undefined ? requestTimeout : milliseconds(options.timeout, 'timeout');
    return new Promise((resolve, reject) =>
      this.#enqueue(message, { reply, match, timeout }, signal, (frame) => resolve(frame as In), reject),
    );
  }

  send(message: Out): Promise<void> {
    return new Promise((resolve, reject) =>
      this.#enqueue(message, undefined, undefined, () => resolve(), reject),
    );
  }

  receive(options: { timeout?: number | string; signal?: AbortSignal } = {}): Promise<In> {
    if (this.#unread.length > 0) return Promise.resolve(this.#unread.shift() as In);
    if (this.cause !== undefined) return Promise.reject(this.cause);
    const { clock } = this.#options;
    const { signal } = options;
    const timeout = options.timeout === undefined ? undefined : milliseconds(options.timeout, 'timeout');
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(aborted(signal));
      const settle = (): void => {
        clock.clear(timer);
        signal?.removeEventListener('abort', abort);
        this.#readers = this.#readers.filter((other) => other !== reader);
      };
      const reader: Reader<In> = {
        resolve: (frame) => {
          settle();
          resolve(frame);
        },
        reject: (reason) => {
          settle();
          reject(reason);
        },
      };
      const abort = (): void => reader.reject(aborted(signal as AbortSignal));
      const late = (): void =>
        reader.reject(
          indiErrors.error('REPLY_TIMEOUT', {
            place: this.remote,
            command: 'listening',
            limit: timeout as number,
          }),
        );
      const timer = timeout === undefined ? undefined : clock.after(timeout, late);
      signal?.addEventListener('abort', abort, { once: true });
      this.#readers.push(reader);
    });
  }

  /** Sends what waits, then closes. */
  close(cause: FairleadError): void {
    this.#link.close(cause);
    this.#end(cause);
  }

  destroy(cause: FairleadError): void {
    this.#link.destroy(cause);
    this.#end(cause);
  }

  // --- commands ---------------------------------------------------------------------------------------------------

  #enqueue(
    message: Out,
    answer: Command<In, Out>['answer'],
    signal: AbortSignal | undefined,
    resolve: (frame?: In) => void,
    reject: (reason: unknown) => void,
  ): void {
    const refused = this.#refused(signal);
    if (refused !== undefined) {
      reject(refused);
      return;
    }
    const abort = (): void => {
      command.abandoned = true;
      reject(aborted(signal as AbortSignal));
    };
    const settled = (): void => signal?.removeEventListener('abort', abort);
    const command: Command<In, Out> = {
      message,
      answer,
      abandoned: false,
      resolve: (frame) => {
        settled();
        resolve(frame);
      },
      reject: (reason) => {
        settled();
        reject(reason);
      },
    };
    signal?.addEventListener('abort', abort, { once: true });
    this.#waiting.push(command);
    this.#next();
  }

  #refused(signal: AbortSignal | undefined): FairleadError | undefined {
    const limit = indiLimits.values.requests;
    if (this.cause !== undefined) return this.cause;
    if (signal?.aborted) return aborted(signal);
    if (this.#waiting.length < limit) return undefined;
    return indiErrors.error('INDI_COMMANDS_FULL', { place: this.remote, limit });
  }

  /** Sends what waits, up to the first command that has an answer. */
  #next(): void {
    while (this.#current === undefined && this.cause === undefined) {
      const command = this.#waiting.shift();
      if (command === undefined) return;
      if (command.abandoned) continue;
      const { answer } = command;
      try {
        if (answer?.reply !== undefined) this.#link.use(this.#with(answer.reply));
        this.#link.send(command.message);
      } catch (error) {
        if (answer?.reply !== undefined) this.#link.use(this.#options.codec);
        command.reject(error);
        continue;
      }
      if (answer === undefined) {
        command.resolve();
        continue;
      }
      this.#current = command;
      this.#timer = this.#options.clock.after(answer.timeout, () => this.#late(command, answer.timeout));
    }
  }

  #late(command: Command<In, Out>, limit: number): void {
    this.destroy(
      indiErrors.error('REPLY_TIMEOUT', { place: this.remote, command: shown(command.message), limit }),
    );
  }

  #with(reply: NonNullable<RequestOptions<In>['reply']>): Codec<In, Out> {
    const { codec } = this.#options;
    return { name: reply.name, decoder: () => reply.decoder(), encoder: () => codec.encoder() };
  }

  // --- frames -----------------------------------------------------------------------------------------------------

  /** Takes frames one by one, so that each is cut in the framing of what it answers. */
  async #pump(): Promise<void> {
    try {
      for (;;) this.#frame(await this.#link.receive());
    } catch (error) {
      const cause =
        this.cause ??
        (isFairleadError(error)
          ? error
          : tcpErrors.error('HANDLER_FAILED', { reason: String(error) }, error));
      this.destroy(cause);
    }
  }

  #frame(frame: In): void {
    const command = this.#current;
    const answer = command?.answer;
    if (command === undefined || answer === undefined || answer.match?.(frame) === false) {
      this.#unaskedFor(frame);
      return;
    }
    this.#options.clock.clear(this.#timer);
    this.#current = undefined;
    if (answer.reply !== undefined) this.#link.use(this.#options.codec);
    command.resolve(frame);
    this.#next();
  }

  #unaskedFor(frame: In): void {
    const reader = this.#readers[0];
    if (this.#options.unasked !== undefined) this.#options.unasked(frame);
    else if (reader !== undefined) reader.resolve(frame);
    else {
      this.#unread.push(frame);
      if (this.#unread.length > indiLimits.values.unread) this.#unread.shift();
    }
  }

  // --- what the link tells ----------------------------------------------------------------------------------------

  /** Frames are pulled, never pushed. */
  frames(): void {}

  closed(_link: Link<In, Out>, cause: FairleadError): void {
    this.#end(cause);
    this.#options.closed(cause);
  }

  #end(cause: FairleadError): void {
    this.#options.clock.clear(this.#timer);
    const current = this.#current;
    this.#current = undefined;
    current?.reject(cause);
    for (const command of this.#waiting.splice(0)) command.reject(cause);
    for (const reader of [...this.#readers]) reader.reject(cause);
  }
}

function aborted(signal: AbortSignal): FairleadError {
  return tcpErrors.error('ABORTED', {}, signal.reason);
}

/** A command as a person would recognise it. */
function shown(message: unknown): string {
  const text = message instanceof Uint8Array ? Buffer.from(message).toString('latin1') : String(message);
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
