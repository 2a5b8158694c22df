import {
  type Clock,
  coreErrors,
  type FairleadError,
  isFairleadError,
  milliseconds,
  type Timer,
} from '@fairlead/core';
import type { Codec, Transport } from '@fairlead/tcp';
import { FramedLink, type LinkOwner } from '@fairlead/tcp/internal';
import { indiErrors } from '../catalogue.ts';
import { indiLimits } from '../limits.ts';
import type { DeviceLink, InquiryOptions, RequestOptions } from '../property/device-link.ts';
import { GreetedTransport } from './greeting.ts';
import type { Inquiries } from './inquiries.ts';

export interface LiveLinkOptions<In, Out> {
  readonly codec: Codec<In, Out>;
  readonly clock: Clock;
  /** Milliseconds to wait for an answer. */
  readonly requestTimeout: number;
  /** Milliseconds of silence before the first command; what comes until then is dropped. Default: none. */
  readonly greeting?: number | undefined;
  /** Which optional commands the device answers. */
  readonly inquiries: Inquiries;
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
        /** Of a command that not every device has: its name. */
        readonly inquiry?: string;
      }
    | undefined;
  readonly resolve: (frame?: In) => void;
  readonly reject: (reason: unknown) => void;
  /** Given up by who asked; its answer must still be awaited if it was sent. */
  abandoned: boolean;
}

type Answered<In, Out> = Command<In, Out> & { readonly answer: object };

interface Reader<In> {
  readonly resolve: (frame: In) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * {@link DeviceLink} over a transport. One command is under way at a time.
 *
 * Devices answer in order. After an optional command that was not answered in time, its answer may therefore still come
 * before that of the next command, and not after it:
 *
 *     :D#   (no answer in time)   :GR#   [late answer to :D#]   answer to :GR#
 *
 * A frame that may be the late one is held until another follows, which then is the answer, or until the time for it is
 * over: then the frame that is held is the answer.
 */
export class LiveLink<In, Out> implements DeviceLink<In, Out>, LinkOwner<In, Out> {
  readonly #options: LiveLinkOptions<In, Out>;
  readonly #link: FramedLink<In, Out>;
  readonly #waiting: Command<In, Out>[] = [];
  #current: Command<In, Out> | undefined;
  #timer: Timer | undefined;
  readonly #unread: In[] = [];
  #readers: Reader<In>[] = [];
  /** Optional commands that were not answered, since the last answer: what their answers would look like. */
  #unanswered: { readonly inquiry: string; readonly match: ((frame: In) => boolean) | undefined }[] = [];
  /** Frames that may be late answers to these, or the answer to the current command. */
  #held: In[] = [];
  /** Whether the device may be speaking of its own: commands wait. */
  #greeting = false;

  constructor(transport: Transport, options: LiveLinkOptions<In, Out>) {
    this.#options = options;
    const { writeBuffer, closeGrace } = indiLimits.values;
    const { clock, greeting = 0 } = options;
    this.#greeting = greeting > 0;
    const listened = this.#greeting ? this.#greeted(transport, greeting) : transport;
    this.#link = new FramedLink(listened, options.codec, this, { clock, writeBuffer, closeGrace });
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

  inquire(message: Out, options: InquiryOptions<In> = {}): Promise<In | undefined> {
    const { signal, reply, match, command: inquiry = shown(message) } = options;
    const { requestTimeout } = this.#options;
    const timeout = options.timeout === undefined ? requestTimeout : milliseconds(options.timeout, 'timeout');
    return new Promise((resolve, reject) =>
      this.#enqueue(message, { reply, match, timeout, inquiry }, signal, resolve, reject),
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

  #greeted(transport: Transport, silence: number): Transport {
    return new GreetedTransport(transport, this.#options.clock, silence, () => {
      this.#greeting = false;
      this.#next();
    });
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
    while (!this.#greeting && this.#current === undefined && this.cause === undefined) {
      const command = this.#waiting.shift();
      if (command === undefined) return;
      if (command.abandoned) continue;
      const { answer } = command;
      if (answer?.inquiry !== undefined && this.#options.inquiries.lacks(answer.inquiry)) {
        command.resolve();
        continue;
      }
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
      const late = (): void => this.#late(command as Answered<In, Out>);
      this.#timer = this.#options.clock.after(answer.timeout, late);
    }
  }

  #late(command: Answered<In, Out>): void {
    const { inquiry, match, timeout: limit } = command.answer;
    const held = this.#held.at(-1);
    if (held !== undefined) this.#answer(command, held);
    else if (inquiry !== undefined && !this.#options.inquiries.answers(inquiry)) {
      this.#unanswered.push({ inquiry, match });
      this.#done(command);
      command.resolve();
      this.#next();
    } else this.#giveUp(command, limit);
  }

  #giveUp(command: Command<In, Out>, limit: number): void {
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
          : coreErrors.error('HANDLER_FAILED', { reason: String(error) }, error));
      this.destroy(cause);
    }
  }

  #frame(frame: In): void {
    const command = this.#current;
    const answer = command?.answer;
    const late = this.#unanswered.find(({ match }) => match === undefined || match(frame));
    if (command === undefined || answer === undefined || answer.match?.(frame) === false) {
      if (late === undefined) this.#unaskedFor(frame);
      else this.#unanswered = this.#unanswered.filter((other) => other !== late);
    } else if (late !== undefined && this.#held.length < this.#unanswered.length) this.#held.push(frame);
    else this.#answer(command as Answered<In, Out>, frame);
  }

  /** An answer shows that the device is there: what it has not answered before, it does not know. */
  #answer(command: Answered<In, Out>, frame: In): void {
    const { inquiries } = this.#options;
    for (const { inquiry } of this.#unanswered.splice(0)) inquiries.unanswered(inquiry);
    if (command.answer.inquiry !== undefined) inquiries.answered(command.answer.inquiry);
    this.#done(command);
    command.resolve(frame);
    this.#next();
  }

  #done(command: Answered<In, Out>): void {
    this.#options.clock.clear(this.#timer);
    this.#current = undefined;
    this.#held = [];
    if (command.answer.reply !== undefined) this.#link.use(this.#options.codec);
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

  closed(_link: FramedLink<In, Out>, cause: FairleadError): void {
    this.#end(cause);
    this.#options.closed(cause);
  }

  #end(cause: FairleadError): void {
    this.#options.clock.clear(this.#timer);
    const current = this.#current;
    this.#current = undefined;
    const inquiry = current?.answer?.inquiry;
    const open = this.#unanswered.splice(0).map((other) => other.inquiry);
    for (const command of inquiry === undefined ? open : [...open, inquiry])
      this.#options.inquiries.hungUp(command);
    current?.reject(cause);
    for (const command of this.#waiting.splice(0)) command.reject(cause);
    for (const reader of [...this.#readers]) reader.reject(cause);
  }
}

function aborted(signal: AbortSignal): FairleadError {
  return coreErrors.error('ABORTED', {}, signal.reason);
}

/** A command as a person would recognise it. */
function shown(message: unknown): string {
  const text = message instanceof Uint8Array ? Buffer.from(message).toString('latin1') : String(message);
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
