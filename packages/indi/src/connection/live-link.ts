import {
  type Clock,
  coreErrors,
  type FairleadError,
  Fifo,
  isFairleadError,
  milliseconds,
} from '@fairlead/core';
import type { Codec, Transport } from '@fairlead/tcp';
import { FramedLink, type LinkOwner, Pending, PendingList } from '@fairlead/tcp/internal';
import { indiErrors } from '../catalogue.ts';
import { indiLimits } from '../limits.ts';
import type { DeviceLink, InquiryOptions, RequestOptions } from '../property/device-link.ts';
import { GreetedTransport } from './greeting.ts';
import type { Inquiries } from './inquiries.ts';

interface LiveLinkOptions<In, Out> {
  readonly codec: Codec<In, Out>;
  readonly clock: Clock;
  /** Milliseconds to wait for an answer. */
  readonly requestTimeout: number;
  /** Milliseconds of silence before the first command. What arrives before is dropped. Default: none. */
  readonly greeting?: number | undefined;
  /** Which optional commands the device answers. */
  readonly inquiries: Inquiries;
  /** Gets unsolicited frames. Without it they wait for `receive()`. */
  readonly unasked?: ((frame: In) => void) | undefined;
  /** The last call. */
  readonly closed: (cause: FairleadError) => void;
}

/** The answer that is expected after a command. */
interface Awaited<In> {
  readonly reply: RequestOptions<In>['reply'];
  readonly match: ((frame: In) => boolean) | undefined;
  /** The name of an optional command. */
  readonly inquiry?: string;
}

/**
 * A command that waits for its turn or for its answer. Its deadline is set when it is sent. A command that was aborted
 * after that is settled, but its answer is still awaited.
 */
class Command<In, Out> extends Pending<In | undefined> {
  readonly message: Out;
  /** Undefined: no answer is awaited. */
  readonly answer: Awaited<In> | undefined;

  constructor(
    message: Out,
    answer: Awaited<In> | undefined,
    limit: number,
    resolve: (frame: In | undefined) => void,
    reject: (cause: unknown) => void,
  ) {
    super(Number.POSITIVE_INFINITY, limit, resolve, reject);
    this.message = message;
    this.answer = answer;
  }
}

type Answered<In, Out> = Command<In, Out> & { readonly answer: Awaited<In> };

/**
 * {@link DeviceLink} over a transport. One command is under way at a time.
 *
 * Devices answer in order. If an optional command was not answered in time, its answer may still arrive before the
 * answer to the next command, but not after it:
 *
 *     :D#   (no answer in time)   :GR#   [late answer to :D#]   answer to :GR#
 *
 * A frame that may be the late answer is held. If another frame follows, that one is the answer. If the timeout of the
 * command ends first, the held frame is the answer.
 */
export class LiveLink<In, Out> implements DeviceLink<In, Out>, LinkOwner<In, Out> {
  readonly #options: LiveLinkOptions<In, Out>;
  readonly #link: FramedLink<In, Out>;
  /** The current command, then the commands that wait for their turn. */
  readonly #commands: PendingList<Command<In, Out>>;
  /** The command that was sent and whose answer is pending. */
  #current: Answered<In, Out> | undefined;
  readonly #unread = new Fifo<{ readonly frame: In; readonly size: number }>();
  #unreadBytes = 0;
  /** Bytes of all frames up to the present one. */
  #passed = 0;
  readonly #readers: PendingList<Pending<In>>;
  /** Optional commands without an answer since the last answer, and how to recognise their answers. */
  #unanswered: { readonly inquiry: string; readonly match: ((frame: In) => boolean) | undefined }[] = [];
  /** Frames that may be late answers to these commands, or the answer to the current one. */
  #held: In[] = [];
  /** Whether the device may still be sending its greeting: commands wait. */
  #greeting = false;

  constructor(transport: Transport, options: LiveLinkOptions<In, Out>) {
    this.#options = options;
    const { writeBuffer, closeGrace } = indiLimits.values;
    const { clock, greeting = 0 } = options;
    this.#greeting = greeting > 0;
    this.#commands = new PendingList({
      clock,
      expired: (command) => this.#late(command as Answered<In, Out>),
      aborted: (command, cause) => {
        if (command === this.#current) command.reject(cause);
        else this.#commands.reject(command, cause);
      },
    });
    this.#readers = new PendingList({ clock, expired: (reader) => this.#readTimeout(reader) });
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
    return this.#enqueue(message, { reply, match }, this.#time(options), signal) as Promise<In>;
  }

  inquire(message: Out, options: InquiryOptions<In> = {}): Promise<In | undefined> {
    const { signal, reply, match, command: inquiry = shown(message) } = options;
    return this.#enqueue(message, { reply, match, inquiry }, this.#time(options), signal);
  }

  async send(message: Out): Promise<void> {
    await this.#enqueue(message, undefined, Number.POSITIVE_INFINITY, undefined);
  }

  receive(options: { timeout?: number | string; signal?: AbortSignal } = {}): Promise<In> {
    const unread = this.#takeUnread();
    if (unread !== undefined) return Promise.resolve(unread.frame);
    return new Promise((resolve, reject) => {
      if (this.cause !== undefined) throw this.cause;
      const limit =
        options.timeout === undefined ? Number.POSITIVE_INFINITY : milliseconds(options.timeout, 'timeout');
      const reader = new Pending<In>(this.#options.clock.monotonic() + limit, limit, resolve, reject);
      this.#readers.add(reader, options.signal);
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

  #time({ timeout }: RequestOptions<In>): number {
    return timeout === undefined ? this.#options.requestTimeout : milliseconds(timeout, 'timeout');
  }

  #enqueue(
    message: Out,
    answer: Awaited<In> | undefined,
    time: number,
    signal: AbortSignal | undefined,
  ): Promise<In | undefined> {
    return new Promise((resolve, reject) => {
      if (this.cause !== undefined) throw this.cause;
      const limit = indiLimits.values.requests;
      const waiting = this.#commands.size - (this.#current === undefined ? 0 : 1);
      if (waiting >= limit) throw indiErrors.error('INDI_COMMANDS_FULL', { place: this.remote, limit });
      this.#commands.add(new Command(message, answer, time, resolve, reject), signal);
      this.#next();
    });
  }

  /** Sends waiting commands, up to the first one that has an answer. */
  #next(): void {
    while (!this.#greeting && this.#current === undefined && this.cause === undefined) {
      const command = this.#commands.first;
      if (command === undefined) return;
      const { answer } = command;
      if (answer?.inquiry !== undefined && this.#options.inquiries.lacks(answer.inquiry)) {
        this.#commands.answer(command, undefined);
        continue;
      }
      try {
        if (answer?.reply !== undefined) this.#link.use(this.#with(answer.reply));
        this.#link.send(command.message);
      } catch (error) {
        if (answer?.reply !== undefined) this.#link.use(this.#options.codec);
        this.#commands.reject(command, error);
        continue;
      }
      if (answer === undefined) {
        this.#commands.answer(command, undefined);
        continue;
      }
      this.#current = command as Answered<In, Out>;
      this.#commands.setDeadline(command, this.#options.clock.monotonic() + command.limit);
    }
  }

  #late(command: Answered<In, Out>): void {
    const { limit } = command;
    const { inquiry, match } = command.answer;
    const held = this.#held.at(-1);
    if (held !== undefined) this.#answer(command, held);
    else if (inquiry !== undefined && !this.#options.inquiries.answers(inquiry)) {
      this.#unanswered.push({ inquiry, match });
      this.#done(command, undefined);
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

  /** Receives frames one by one, because each has the framing of its answer. */
  async #pump(): Promise<void> {
    try {
      for (;;) {
        const frame = await this.#link.receive();
        const { passed } = this.#link;
        this.#frame(frame, passed - this.#passed);
        this.#passed = passed;
      }
    } catch (error) {
      const cause =
        this.cause ??
        (isFairleadError(error)
          ? error
          : coreErrors.error('HANDLER_FAILED', { reason: String(error) }, error));
      this.destroy(cause);
    }
  }

  #frame(frame: In, size: number): void {
    const command = this.#current;
    const answer = command?.answer;
    const late = this.#unanswered.find(({ match }) => match === undefined || match(frame));
    if (command === undefined || answer === undefined || answer.match?.(frame) === false) {
      if (late === undefined) this.#unaskedFor(frame, size);
      else this.#unanswered = this.#unanswered.filter((other) => other !== late);
    } else if (late !== undefined && this.#held.length < this.#unanswered.length) this.#held.push(frame);
    else this.#answer(command as Answered<In, Out>, frame);
  }

  /** An answer shows that the device is alive: it does not know the commands that it has not answered before. */
  #answer(command: Answered<In, Out>, frame: In): void {
    const { inquiries } = this.#options;
    for (const { inquiry } of this.#unanswered.splice(0)) inquiries.unanswered(inquiry);
    if (command.answer.inquiry !== undefined) inquiries.answered(command.answer.inquiry);
    this.#done(command, frame);
  }

  #done(command: Answered<In, Out>, frame: In | undefined): void {
    this.#current = undefined;
    this.#held = [];
    if (command.answer.reply !== undefined) this.#link.use(this.#options.codec);
    this.#commands.answer(command, frame);
    this.#next();
  }

  #unaskedFor(frame: In, size: number): void {
    const reader = this.#readers.first;
    if (this.#options.unasked !== undefined) this.#options.unasked(frame);
    else if (reader !== undefined) this.#readers.answer(reader, frame);
    else {
      this.#unread.push({ frame, size });
      this.#unreadBytes += size;
      const { unread, unreadBytes } = indiLimits.values;
      while (this.#unread.length > unread || (this.#unreadBytes > unreadBytes && this.#unread.length > 1))
        this.#takeUnread();
    }
  }

  #takeUnread(): { readonly frame: In } | undefined {
    const oldest = this.#unread.shift();
    this.#unreadBytes -= oldest?.size ?? 0;
    return oldest;
  }

  #readTimeout(reader: Pending<In>): void {
    const { limit } = reader;
    const place = this.remote;
    this.#readers.reject(reader, indiErrors.error('REPLY_TIMEOUT', { place, command: 'listening', limit }));
  }

  // --- what the link tells ----------------------------------------------------------------------------------------

  /** Not used: frames are received one by one. */
  frames(): void {}

  closed(_link: FramedLink<In, Out>, cause: FairleadError): void {
    this.#end(cause);
    this.#options.closed(cause);
  }

  #end(cause: FairleadError): void {
    const current = this.#current;
    this.#current = undefined;
    const inquiry = current?.answer?.inquiry;
    const open = this.#unanswered.splice(0).map((other) => other.inquiry);
    for (const command of inquiry === undefined ? open : [...open, inquiry])
      this.#options.inquiries.hungUp(command);
    this.#commands.end(cause);
    this.#readers.end(cause);
  }
}

/** A command in a form that people recognise. */
function shown(message: unknown): string {
  const text = message instanceof Uint8Array ? Buffer.from(message).toString('latin1') : String(message);
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
