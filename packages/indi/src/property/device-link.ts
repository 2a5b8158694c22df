import type { Duration } from '@fairlead/core';
import type { Codec } from '@fairlead/tcp';

export interface RequestOptions<In> {
  /** How long to wait for the answer; the connection's `requestTimeout` otherwise. */
  readonly timeout?: Duration;
  readonly signal?: AbortSignal;
  /** How this one answer is framed, where it is framed otherwise than the rest. */
  readonly reply?: Codec<In, never> | Codec<In, In>;
  /** Whether a frame is the answer; others are unasked for. Without it the next frame is. */
  readonly match?: (frame: In) => boolean;
}

export interface InquiryOptions<In> extends RequestOptions<In> {
  /**
   * The command without its values, such as `:Sg` for `:Sg070*45#`: that is what is remembered. Default: the message as
   * text.
   */
  readonly command?: string;
}

/** A device that can be talked to, over whatever connection: commands and answers, one at a time and in order. */
export interface DeviceLink<In = string, Out = In> {
  /** Where the device is. */
  readonly remote: string;
  /**
   * Sends a command and resolves with its answer; commands that come meanwhile wait their turn.
   *
   * When no answer comes in time it rejects with `REPLY_TIMEOUT` and the link is given up, so that an answer that comes
   * late is never taken for that of another command; the connection is made anew.
   * Rejects with `INDI_COMMANDS_FULL`, `ABORTED`, `MESSAGE_NOT_ENCODABLE`, or why the link ended.
   */
  request(message: Out, options?: RequestOptions<In>): Promise<In>;
  /**
   * As {@link request}, for a command that not every device of the kind has. undefined: this device does not answer it.
   * That is remembered until a client connects the device anew; the command is not sent again, and the link lives on.
   *
   * A device that has answered the command once, and then does not, is given up as with {@link request}. Say with `match`
   * what the answer looks like, so that one that comes too late is told at once from that of the next command; otherwise
   * the next command waits the whole of its own timeout to see which of the two an answer belongs to. A late answer in
   * another framing (`reply`) cannot be told: check what the next answer holds.
   */
  inquire(message: Out, options?: InquiryOptions<In>): Promise<In | undefined>;
  /** Sends a command that has no answer, after the answers that are awaited. Resolves when it has been handed over. */
  send(message: Out): Promise<void>;
  /** The next frame that nobody asked for. Rejects with `REPLY_TIMEOUT` (the link lives on), `ABORTED`, or why the link ended. */
  receive(options?: { timeout?: Duration; signal?: AbortSignal }): Promise<In>;
}
