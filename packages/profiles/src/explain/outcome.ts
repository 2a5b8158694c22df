/** What the decoding of a frame yielded, leaf by leaf, so that two decodings can be compared. */
import type { ScriptMessage, UplinkResult } from '@fairlead/sandbox';

export interface Outcome {
  /** JSON texts by path: `latitude`, `cells[0].lac`, `time`; of several messages `messages[1].latitude`. */
  readonly leaves: ReadonlyMap<string, string>;
  /** What is sent back, in hex. */
  readonly reply: string;
  /** The script refused the frame. */
  readonly failed: boolean;
}

/** Leaves that are compared; a frame with more is explained by the first ones. */
const MOST = 1_000;

export const FAILED: Outcome = { leaves: new Map(), reply: '', failed: true };

/** @param identity what the frame says of its device, if it says that */
export function outcomeOf(result: UplinkResult | undefined, identity?: string): Outcome {
  if (result?.error !== undefined) return FAILED;
  const { messages = [], replies = [] } = result ?? {};
  const leaves = new Map<string, string>();
  if (identity !== undefined) leaves.set('identity', JSON.stringify(identity));
  for (const [i, message] of messages.entries())
    addMessage(leaves, messages.length === 1 ? '' : `messages[${i}].`, message);
  return { leaves, reply: replies.map((reply) => reply.toString('hex')).join(''), failed: false };
}

function addMessage(leaves: Map<string, string>, before: string, message: ScriptMessage): void {
  const { json, time, device } = message;
  if (time !== undefined) leaves.set(`${before}time`, JSON.stringify(isoOf(time)));
  if (device !== undefined) leaves.set(`${before}device`, JSON.stringify(device));
  addLeaves(leaves, before, JSON.parse(json));
}

/** A script may give a time outside the range of dates. */
function isoOf(time: number): string | number {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? time : date.toISOString();
}

function addLeaves(leaves: Map<string, string>, path: string, value: unknown): void {
  if (leaves.size >= MOST) return;
  if (typeof value !== 'object' || value === null) {
    leaves.set(path, JSON.stringify(value));
    return;
  }
  if (Array.isArray(value)) {
    for (const [i, each] of value.entries()) addLeaves(leaves, `${path}[${i}]`, each);
    return;
  }
  const before = path === '' || path.endsWith('].') ? path : `${path}.`;
  for (const [key, each] of Object.entries(value)) addLeaves(leaves, `${before}${key}`, each);
}
