/** What the examples of a profile give to a simulator: frames that the devices send, and what they answer. */

import type { Script } from '@fairlead/sandbox';
import { defaultsOf, type LinkTerms, ProfileLink } from '../decoding/profile-link.ts';
import type { Example, Step } from '../definition/example.ts';
import type { ProfileDefinition } from '../definition/parse.ts';

/** Bytes that a device sends at once. */
export interface Frame {
  readonly bytes: Buffer;
  /** The identity in it, if it has one. */
  readonly identity?: string | undefined;
  /** What the host replies; empty: nothing. */
  readonly reply: Buffer;
}

/** A request, and what the device answers to it, in order; maybe nothing. */
export interface Exchange {
  readonly request: Buffer;
  readonly answers: readonly Buffer[];
}

export interface Material {
  /** First frames of a link, up to the one that identifies the device: as the examples show it, the best first. */
  readonly openings: readonly (readonly Frame[])[];
  readonly readings: readonly Frame[];
  readonly exchanges: readonly Exchange[];
  /** How the device must be set up for its requests to be those of the examples. */
  readonly setup: Pick<LinkTerms, 'parameters' | 'secret'>;
}

type Conversation = Extract<Example, { readonly conversation: unknown }>;
type Received = Extract<Step, { readonly hex: string }>;

/** When the bytes of the examples come. */
const NOW = Date.UTC(2024, 0, 1);

export async function materialOf(profile: ProfileDefinition, script: Script | undefined): Promise<Material> {
  const examples = new Examples(profile, script);
  const dials = profile.direction === 'dials';
  const conversations = conversationsOf(profile.examples.filter(isConversation), dials);
  const session = conversations.toSorted((a, b) => weight(b) - weight(a))[0];
  const frames = await examples.frames();
  const known = frames.filter(({ messages }) => messages > 0);
  const { parameters, secret } = session ?? {};
  return {
    openings: dials
      ? [greeting(session)]
      : [
          ...logins(conversations),
          ...frames
            .filter(({ identity }) => identity !== undefined)
            .toSorted((a, b) => a.messages - b.messages)
            .map((frame) => [frame]),
        ],
    readings: known.length > 0 ? known : conversations.flatMap(framesOf),
    exchanges: dials ? conversations.flatMap(exchangesOf) : commandsOf(conversations, frames),
    setup: dials ? { parameters, secret } : {},
  };
}

const isConversation = (example: Example): example is Conversation => 'conversation' in example;
const fails = ({ conversation }: Conversation): boolean => conversation.some((step) => 'error' in step);
const asks = ({ conversation }: Conversation): boolean => conversation.some((step) => 'poll' in step);

/** Those in which nothing fails. Where none of them shows what a dialled device is asked, the others up to what fails. */
function conversationsOf(all: readonly Conversation[], dials: boolean): Conversation[] {
  const whole = all.filter((one) => !fails(one));
  if (!dials || whole.some(asks)) return whole;
  const cut = all.filter(fails).map(({ conversation, ...rest }) => ({
    ...rest,
    conversation: conversation.slice(
      0,
      conversation.findIndex((step) => 'error' in step),
    ),
  }));
  return [...whole, ...cut];
}
const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
const isReceived = (step: Step): step is Received => 'hex' in step;

/** The conversation that shows the most is the one that is played. */
function weight({ conversation }: Conversation): number {
  const polls = conversation.filter((step) => 'poll' in step).length;
  return conversation.filter(isReceived).length + 100 * Math.min(1, polls);
}

const frameOf = ({ hex, identity, reply = '' }: Received): Frame => ({
  bytes: bytesOf(hex),
  identity,
  reply: bytesOf(reply),
});

const framesOf = ({ conversation }: Conversation): Frame[] => conversation.filter(isReceived).map(frameOf);

/** What the device sends before it is asked, up to what is replied to: what follows that is an answer. */
function greeting(session: Conversation | undefined): Frame[] {
  const { conversation = [] } = session ?? {};
  const asked = conversation.findIndex((step) => 'poll' in step && step.poll.length > 0);
  const sent = conversation.slice(0, Math.max(0, asked)).filter(isReceived);
  const replied = sent.findIndex(({ reply }) => reply !== undefined);
  return sent.slice(0, replied < 0 ? sent.length : replied + 1).map(frameOf);
}

/** The frames with which conversations log in, without a secret. */
function logins(conversations: readonly Conversation[]): Frame[][] {
  return conversations.flatMap(({ conversation, secret }) => {
    const last = conversation.findIndex((step) => isReceived(step) && step.identity !== undefined);
    const first = conversation.slice(0, last + 1);
    return secret === undefined && last >= 0 && first.every(isReceived) ? [first.map(frameOf)] : [];
  });
}

/**
 * Of a device that connects: commands with their answers, and replies, which have none. What it sends after a reply is its next
 * reading; as an answer it would bring the next reply, and so on without end.
 */
function commandsOf(conversations: readonly Conversation[], frames: readonly Frame[]): Exchange[] {
  const received = conversations.flatMap(framesOf);
  const replies = [...received, ...frames].filter(({ reply }) => reply.length > 0);
  const commands = conversations.map(({ conversation, ...rest }) => ({
    ...rest,
    conversation: conversation.map((step) => (isReceived(step) ? { ...step, reply: undefined } : step)),
  }));
  const answered = commands.flatMap(exchangesOf);
  return [...answered, ...replies.map(({ reply }) => ({ request: reply, answers: [] }))];
}

/** Requests, commands and replies of the host, each with what the device sends before the next of them. */
function exchangesOf({ conversation }: Conversation): Exchange[] {
  const found: { request: Buffer; answers: Buffer[] }[] = [];
  // Of several requests at once, each has one answer and the last has the rest.
  let open: { request: Buffer; answers: Buffer[] }[] = [];
  const ask = (requests: readonly string[]): void => {
    open = requests.map((hex) => ({ request: bytesOf(hex), answers: [] }));
    found.push(...open);
  };
  for (const step of conversation) {
    if ('poll' in step) ask(step.poll);
    else if ('downlink' in step) ask([step.bytes ?? '']);
    else if (isReceived(step)) {
      const next = open.length > 1 ? open.shift() : open[0];
      next?.answers.push(bytesOf(step.hex));
      if (step.reply) ask([step.reply]);
    }
  }
  return found.filter(({ request, answers }) => request.length > 0 && answers.length > 0);
}

interface Tried extends Frame {
  readonly messages: number;
}

/** Tries examples on links of the profile. */
class Examples {
  readonly #profile: ProfileDefinition;
  readonly #script: Script | undefined;

  constructor(profile: ProfileDefinition, script: Script | undefined) {
    this.#profile = profile;
    this.#script = script;
  }

  /** What single examples send that needs no setup and no earlier frame, and is in order. */
  async frames(): Promise<Tried[]> {
    const found: Tried[] = [];
    for (const example of this.#profile.examples) {
      if (!('hex' in example) || example.error !== undefined || example.secret !== undefined) continue;
      if (!this.#isDefault(example.parameters)) continue;
      const tried = await this.#tried(example);
      if (tried !== undefined) found.push(tried);
    }
    return found;
  }

  async #tried({ hex, reply = '' }: Received): Promise<Tried | undefined> {
    const bytes = bytesOf(hex);
    const { messages, failed } = await this.#decoded(bytes, true);
    if (failed) return undefined;
    const { identity } = await this.#decoded(bytes, false);
    return { bytes, identity, reply: bytesOf(reply), messages };
  }

  async #decoded(bytes: Buffer, known: boolean) {
    const link = new ProfileLink(this.#profile, this.#script, { known });
    const lines = [...(await link.push(bytes, NOW)), ...(await link.end(NOW))];
    const messages = lines.filter(({ kind, messages }) => kind !== undefined || messages !== undefined);
    return {
      messages: messages.length,
      failed: lines.some(({ error }) => error !== undefined),
      identity: lines.findLast(({ identity }) => identity !== undefined)?.identity,
    };
  }

  #isDefault(parameters: Readonly<Record<string, unknown>> | undefined): boolean {
    const defaults = defaultsOf(this.#profile.parameters);
    return Object.entries(parameters ?? {}).every(
      ([name, value]) => JSON.stringify(value) === JSON.stringify(defaults[name]),
    );
  }
}
