/** What `identify` returns, as lines of a report. */
import { kindOf, Refusal, show } from './failure.ts';
import { isArray, own } from './intrinsics.ts';
import { type Bounds, IDENTITY, isIdentity, type Letters, refuseOthers, replies, reply } from './render.ts';

const SECRET: Letters = { bytes: 'k', text: 'K' };
const REFUSAL: Letters = { bytes: 'r', text: 'R' };
const KEYS = own(['id', 'secret', 'reply', 'refusal', 'consumed']);

export function renderIdentity(result: unknown, bounds: Bounds): string {
  if (result === undefined || result === null) return '';
  if (typeof result !== 'object' || isArray(result))
    throw new Refusal(`expected {id, secret, reply, refusal, consumed}, got ${kindOf(result)}`);
  refuseOthers(result, KEYS);
  const { id, secret, reply: answer, refusal, consumed } = result as Record<string, unknown>;
  if (id === undefined && answer === undefined) throw new Refusal('neither "id" nor "reply" is there');
  if (id === undefined && (secret !== undefined || refusal !== undefined || consumed !== undefined))
    throw new Refusal('"secret", "refusal" and "consumed" go with an "id"');
  if (id !== undefined && !isIdentity(id)) throw new Refusal(`"id" must be ${IDENTITY}, got ${show(id)}`);
  if (consumed !== undefined && typeof consumed !== 'boolean')
    throw new Refusal(`"consumed" must be true or false, got ${show(consumed)}`);
  // Without an id the frame is a challenge, which is answered and done with.
  let report = id === undefined ? 'i\n' : `i${id}\n`;
  // A frame without the secret that the script looks for proves nothing: it must not pass for one that needs no proof.
  if (id !== undefined && 'secret' in result) report += reply(secret ?? '', '"secret"', bounds, SECRET);
  report += replies(answer, '"reply"', bounds);
  report += replies(refusal, '"refusal"', bounds, REFUSAL);
  return consumed === true ? `${report}c\n` : report;
}
