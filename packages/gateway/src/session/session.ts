import { type FairleadError, JsonKeySets, type Timer, type Waiters } from '@fairlead/core';

import type { PollRequest } from '@fairlead/profiles';
import type { Codec, Session } from '@fairlead/tcp';
import type { AttachedSession } from '../downlink-ports.ts';
import type { Device, Script, Uplink } from '../ports.ts';
import type { ShownCertificate } from '../protocol/identity.ts';
import type { DeviceProtocol } from '../protocol/protocol.ts';
import type { Answered, Answers } from './answers.ts';
import type { DeviceStates } from './device-states.ts';
import type { Lane } from './lanes.ts';
import type { Doubt, Life } from './life.ts';
import type { Rate } from './rate.ts';
import { ScriptCalls } from './script-calls.ts';
import type { LoadedScripts } from './scripts.ts';

/** The link of a device that connected to a listener. Only its protocol knows the types of frames and messages. */
export type DeviceLink = Session<unknown, unknown, DeviceSession>;

/** What a device has of its link, whoever opened that. */
export type SessionLink = Pick<
  DeviceLink,
  | 'id'
  | 'remote'
  | 'local'
  | 'openedAt'
  | 'handshaking'
  | 'data'
  | 'lastReceived'
  | 'bytesIn'
  | 'cause'
  | 'paused'
  | 'unfinished'
  | 'send'
  | 'forward'
  | 'flush'
  | 'written'
  | 'pause'
  | 'resume'
  | 'destroy'
  | 'stats'
  | 'observe'
  | 'head'
  | 'trouble'
  | 'probe'
> &
  Partial<Pick<DeviceLink, 'refused'>>;

/** Orders what is sent on a link whose devices are asked, so that messages do not meet. */
interface Turns {
  /** The frames of one chunk that came on the link. */
  frames(batch: readonly unknown[]): void;
  /** Sends the requests before all polls that wait. Rejects when they cannot be sent. */
  write(
    session: DeviceSession,
    requests: readonly PollRequest[],
    answered?: (answer: Answered | FairleadError) => void,
  ): Promise<void>;
  /** The device of the session, or its profile, has changed. */
  renewed(session: DeviceSession): void;
  leave(session: DeviceSession): void;
}

/** What is told of a session that somebody watches. */
interface SessionTap {
  frame(payload: Uint8Array): void;
  message(uplink: Uplink): void;
}

/** The fields with which a session begins. */
export type DeviceSessionFields = Pick<
  DeviceSession,
  | 'device'
  | 'certificate'
  | 'reported'
  | 'link'
  | 'listener'
  | 'protocol'
  | 'epoch'
  | 'since'
  | 'codec'
  | 'uplinkScript'
  | 'downlinkScript'
  | 'pollScript'
> & {
  /** State that scripts have left for the link, as JSON text. */
  readonly state: string | undefined;
  /** See {@link DeviceSession.quiet}. */
  readonly quiet?: boolean | undefined;
};

const NO_DOUBTS: readonly Doubt[] = [];

/** A device that is connected: its link and all that its messages need. */
export class DeviceSession {
  /** As it is now: changes of its settings take hold on the link. */
  device: Device;
  /** What its certificate says, where devices are known by theirs. */
  readonly certificate?: ShownCertificate | undefined;
  /** What the device said it is, where its first frames do; what the scripts of a dialled device see as its identity. */
  readonly reported: string | undefined;
  readonly link: SessionLink;
  /** Name of the listener. */
  readonly listener: string;
  readonly protocol: DeviceProtocol;
  /** Of the session registry: of two sessions of a device the one with the higher epoch is the newer. */
  readonly epoch: number;
  /** Unix milliseconds. */
  since: number;
  /** What the link speaks now. */
  readonly codec: Codec<unknown>;
  uplinkScript: Script | undefined;
  downlinkScript: Script | undefined;
  pollScript: Script | undefined;
  /** How its messages call the device, once it was found to be that of the link. */
  named: string | undefined;
  /** Where somebody watches the link. */
  tap: SessionTap | undefined;
  /** Where devices of the link are asked. */
  turns: Turns | undefined;
  /** Downlinks that wait for an answer which the uplink script finds. */
  answers: Answers | undefined;
  /** What waits until the device is heard. */
  hearing: Waiters | undefined;
  /** It is open, but its device does not answer: it counts as offline. */
  quiet: boolean;
  /** Whether its device answers. */
  life: Life = 'live';
  /** Why it is suspect. */
  doubts: readonly Doubt[] = NO_DOUBTS;
  /** The session as the sources of downlinks have it. */
  attached: AttachedSession | undefined;
  /** Nothing limits what it sends: what it has sent so far counts for no rate that it gets later. */
  unlimited = false;
  /** Which rate it exceeds, while it is held. */
  slowed: Rate | undefined;
  /** Until when it is not read because it sent more: the timer. */
  held: Timer | undefined;
  /** What waits for its turn at the sink. */
  lane: Lane | undefined;
  /** Bytes of its link that were counted, and those of them that came in the turn with this number. */
  counted = 0;
  turn = 0;
  turnBytes = 0;
  /** Batches that are in the sandbox or wait for the sink. */
  working = 0;
  /** The end of the last of them. */
  tail: Promise<void> | undefined;
  #sequence = 0;
  readonly #states: DeviceStates;
  /** State that scripts have left for the link before the first call, as JSON text. */
  readonly #state: string | undefined;
  #calls: ScriptCalls | undefined;
  #keySets: JsonKeySets | undefined;

  constructor(fields: DeviceSessionFields, states: DeviceStates) {
    this.device = fields.device;
    this.reported = fields.reported;
    this.certificate = fields.certificate;
    this.link = fields.link;
    this.listener = fields.listener;
    this.protocol = fields.protocol;
    this.epoch = fields.epoch;
    this.since = fields.since;
    this.codec = fields.codec;
    this.uplinkScript = fields.uplinkScript;
    this.downlinkScript = fields.downlinkScript;
    this.pollScript = fields.pollScript;
    this.quiet = fields.quiet ?? false;
    this.#states = states;
    this.#state = fields.state;
  }

  /** From the next frame on the device is this one. */
  renew(device: Device, scripts: LoadedScripts): void {
    this.device = device;
    this.uplinkScript = scripts.uplinkScript;
    this.downlinkScript = scripts.downlinkScript;
    this.pollScript = scripts.pollScript;
    this.turns?.renewed(this);
  }

  /** The number of the session's next message. */
  nextSeq(): number {
    return ++this.#sequence;
  }

  /** Its scripts; a device without any needs none. */
  get calls(): ScriptCalls {
    this.#calls ??= new ScriptCalls(this, this.#states, this.#state);
    return this.#calls;
  }

  /** The keys of its messages; a device that sends no platform JSON needs none. */
  get keySets(): JsonKeySets {
    this.#keySets ??= new JsonKeySets();
    return this.#keySets;
  }
}
