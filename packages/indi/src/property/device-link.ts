import type { Duration } from '@fairlead/core';
import type { Codec } from '@fairlead/tcp';

export interface RequestOptions<In> {
  /** Time to wait for the answer. Default: the connection's `requestTimeout`. */
  readonly timeout?: Duration;
  readonly signal?: AbortSignal;
  /** The framing of this answer, if it differs from the rest. */
  readonly reply?: Codec<In, never> | Codec<In, In>;
  /** Whether a frame is the answer; other frames are unsolicited. Default: the next frame is the answer. */
  readonly match?: (frame: In) => boolean;
}

export interface InquiryOptions<In> extends RequestOptions<In> {
  /**
   * The command without its values, such as `:Sg` for `:Sg070*45#`. What is known about the device is stored under it.
   * Default: the message as text.
   */
  readonly command?: string;
}

/** A device behind any connection: commands and answers, one at a time and in order. */
export interface DeviceLink<In = string, Out = In> {
  /** The address of the device. */
  readonly remote: string;
  /**
   * Sends a command and resolves with its answer. Further commands wait their turn.
   *
   * If no answer arrives in time, it rejects with `REPLY_TIMEOUT` and the link is closed, so that a late answer is
   * never taken for the answer to another command. The connection is then opened again. Also rejects with
   * `INDI_COMMANDS_FULL`, `ABORTED`, `MESSAGE_NOT_ENCODABLE`, or the cause of the end of the link.
   */
  request(message: Out, options?: RequestOptions<In>): Promise<In>;
  /**
   * Like {@link request}, for an optional command, which not every device of the kind has. undefined: this device does
   * not answer it. This is remembered until a client connects the device again: the command is not sent again, and the
   * link stays open.
   *
   * If a device has answered the command before and now does not, the link is closed as with {@link request}. Describe
   * the answer with `match`, so that a late answer can be told from the answer to the next command at once. Without it,
   * the next command waits its whole timeout to find out which command an answer belongs to. A late answer in another
   * framing (`reply`) cannot be recognised: check the content of the next answer.
   */
  inquire(message: Out, options?: InquiryOptions<In>): Promise<In | undefined>;
  /**
   * Sends a command that has no answer, after the pending answers have arrived. Resolves when the link has accepted it.
   */
  send(message: Out): Promise<void>;
  /**
   * The next unsolicited frame. Rejects with `REPLY_TIMEOUT` (the link stays open), `ABORTED`, or the cause of the end
   * of the link.
   */
  receive(options?: { timeout?: Duration; signal?: AbortSignal }): Promise<In>;
}
