import type { FairleadError } from '@fairlead/core';
import type { Message, Result } from '../message.ts';
import type { CheckRule, ReceiveRule, Rule, SendRule } from '../rules/tree.ts';

/** An input of the engine: something happened. */
export type ExchangeEvent =
  | { readonly type: 'started' }
  /** A delay is over. */
  | { readonly type: 'elapsed' }
  /** The message of the last `send` effect was sent. */
  | { readonly type: 'sent'; readonly message: Message }
  | { readonly type: 'received'; readonly message: Message }
  /** The last `receive` effect waited long enough. `limit` in milliseconds. */
  | { readonly type: 'timeout'; readonly limit: number; readonly incomplete?: Incomplete | undefined }
  /** Whether the condition of the last `evaluate` effect is met. */
  | { readonly type: 'evaluated'; readonly met: boolean }
  /** The peer has closed, and everything it sent has been received. */
  | { readonly type: 'left' }
  | { readonly type: 'failed'; readonly error: FairleadError }
  | { readonly type: 'stop'; readonly reason: string };

/** The received part of an incomplete message, in words. */
export interface Incomplete {
  /** `5 bytes` */
  readonly size: string;
  /** The last bytes, in hexadecimal. */
  readonly last: string;
  /** `no line end was received after them` */
  readonly missing: string;
}

/** How an exchange ended. */
export interface Outcome {
  readonly result: 'success' | 'failure' | 'stopped';
  /** `completed` the last rule is done · `cut` the same, but `maxIterations` limited the repetitions of rules · `exit` a rule with "exit" was reached · `left` the peer closed where that is an ordinary end. */
  readonly reason: 'completed' | 'cut' | 'exit' | 'left' | 'timeout' | 'error' | 'stopped';
  /** Why it failed or was stopped. */
  readonly error?: FairleadError;
  /** The rule at which it ended, where there is one. */
  readonly rule?: string;
}

/** An output of the engine: something to do. An effect marked * is answered by an event, and is the last of its list. */
export type Effect =
  /** * `elapsed` */
  | { readonly type: 'wait'; readonly rule: SendRule; readonly ms: number }
  /** * `sent`. `parent` is the message above the rule. */
  | { readonly type: 'send'; readonly rule: SendRule; readonly parent: Message | undefined }
  /** * `received`, `timeout` or `left`. `timeout` in ms: undefined the connection's, Infinity until the socket closes. */
  | { readonly type: 'receive'; readonly rule: ReceiveRule; readonly timeout: number | undefined }
  /** * `evaluated`. An expensive check, evaluated elsewhere. */
  | { readonly type: 'evaluate'; readonly rule: CheckRule; readonly message: Message }
  /** A rule has been processed with this message; `key` if it was added to the result list. */
  | {
      readonly type: 'processed';
      readonly rule: Rule;
      readonly message: Message;
      readonly key: string | undefined;
      /** The iteration of the rule, from 1; a check has none. */
      readonly iteration: number;
    }
  /** The trigger fires with this message and the result list of that moment. */
  | {
      readonly type: 'fire';
      readonly rule: Rule;
      readonly message: Message;
      readonly results: readonly Result[];
    }
  /** Results that were collected, but never fired. */
  | { readonly type: 'discarded'; readonly count: number }
  /** The last effect. */
  | { readonly type: 'close'; readonly outcome: Outcome };
