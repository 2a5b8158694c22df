/** What a page and the keeper of the stream tell each other. */
import type { LiveEvent, Skipped } from '@fairlead/api';

/** What happened to a topic. */
export type TopicEvent = Exclude<LiveEvent, { event: 'hello' | 'heartbeat' | 'reset' }>;

/** Of the stream. Times are milliseconds of the browser's clock. */
export interface LiveStatus {
  /** signedOut: the service wants to know who asks. lost: it does not answer; another attempt follows. */
  readonly state: 'connecting' | 'live' | 'lost' | 'signedOut';
  /** When the service was heard last. */
  readonly heardAt?: number;
  /** The service's time then, in Unix milliseconds. */
  readonly serviceTime?: number;
  /** Of the service. */
  readonly version?: string;
}

/** Records that were loaded. */
export interface Loaded {
  readonly from: number;
  readonly to: number;
  readonly records: readonly unknown[];
}

/** An error as it passes between threads. */
export interface Told {
  readonly code: string;
  readonly message: string;
}

export type ToKeeper =
  /** The whole of what the page wants; repeated, so that the keeper knows that the page is there. */
  | { readonly say: 'want'; readonly topics: readonly string[]; readonly visible: boolean }
  | { readonly say: 'load'; readonly call: number; readonly skipped: Skipped }
  /** Try now: the page is looked at again, or somebody has signed in. */
  | { readonly say: 'retry' }
  | { readonly say: 'bye' };

export type ToPage =
  | { readonly say: 'status'; readonly status: LiveStatus }
  | { readonly say: 'event'; readonly event: TopicEvent }
  /** Records are missing: the service could not go on where it was, or the page was hidden. */
  | { readonly say: 'reset' }
  | { readonly say: 'loaded'; readonly call: number; readonly loaded: Loaded }
  | { readonly say: 'failed'; readonly call: number; readonly told: Told };

/** Milliseconds. */
export const talkLimits = {
  /** A hidden page gets records for so long. */
  hidden: 60_000,
  /** A page says so often that it is there; one that was not heard for `silence` is gone. */
  repeat: 20_000,
  silence: 70_000,
  /** The keeper looks so often which pages are there. */
  look: 5_000,
  /** Wishes of pages that come together become one request. */
  gather: 30,
  /** Pause after a refusal. */
  refused: 15_000,
  /** A page that hears nothing of the keeper for so long, although it is visible, looks for another one. */
  deaf: 17_000,
} as const;
