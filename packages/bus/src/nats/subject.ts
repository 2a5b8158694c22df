/**
 * MQTT's topics and filters as subjects of NATS, without loss in both directions.
 *
 *     devices/pump/attributes   devices.pump.attributes
 *     a b/c.d//100%             a%20b.c%2Ed.%.100%25      an empty level is a lone %
 *     devices/+/set             devices.*.set
 *     devices/#                 devices and devices.>     in MQTT, # matches the level above too
 *     $reply/_INBOX/x           _INBOX.x                  where an answer goes: outside of the prefix
 */
import { sharedFilter } from '../topic.ts';

/** Topics of subjects that the prefix does not apply to. */
const REPLY = '$reply/';

/** What has a meaning in a subject, in our escapes, or between the words of NATS's protocol. */
const SPECIAL = /[\0-\x20\x7f%.*>]/g;

export function subjectOf(topic: string, prefix: string): string {
  if (topic.startsWith(REPLY)) return topic.slice(REPLY.length).split('/').map(token).join('.');
  return prefix + topic.split('/').map(token).join('.');
}

/** undefined: no topic of ours has this subject. */
export function topicOf(subject: string, prefix: string): string | undefined {
  if (!subject.startsWith(prefix) || subject.startsWith('_INBOX.') || subject.startsWith('$'))
    return undefined;
  return subject.slice(prefix.length).split('.').map(level).join('/');
}

/** The topic to publish an answer on. */
export function replyTopicOf(subject: string): string {
  return REPLY + subject.split('.').map(level).join('/');
}

/** The subjects of a filter, and the queue group if it is shared. */
export function subjectsOf(
  text: string,
  prefix: string,
): { subjects: readonly string[]; queue: string | undefined } {
  const { group, filter } = sharedFilter(text);
  const tokens = filter.split('/').map((part) => (part === '+' ? '*' : part === '#' ? '>' : token(part)));
  const whole = prefix + tokens.join('.');
  const above = tokens.length > 1 && tokens.at(-1) === '>' ? [prefix + tokens.slice(0, -1).join('.')] : [];
  return { subjects: [...above, whole], queue: group };
}

/** Whether a subject matches a pattern with `*` and `>`. */
export function subjectMatches(pattern: string, subject: string): boolean {
  const expected = pattern.split('.');
  const tokens = subject.split('.');
  for (const [i, part] of expected.entries()) {
    if (part === '>') return tokens.length > i;
    if (i >= tokens.length || (part !== '*' && part !== tokens[i])) return false;
  }
  return tokens.length === expected.length;
}

function token(part: string): string {
  if (part === '') return '%';
  return part.replace(
    SPECIAL,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

function level(part: string): string {
  if (part === '%') return '';
  return part.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
