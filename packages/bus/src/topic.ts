/** MQTT topics and filters: validation and matching. */
import { busErrors } from './catalogue.ts';
import { busLimits } from './limits.ts';

const MAX_BYTES = 0xffff;
/** Longer topics are not cached, so that the cache has a bound in bytes. */
const CACHED_BYTES = 256;
const BLOCK = 4_096;
const NOTHING = Buffer.alloc(0);

/**
 * Topics as encoded in a packet: two bytes of length, big-endian, then UTF-8. Checking and encoding a topic costs more
 * than the rest of a small message, and devices publish on few topics, so encoded topics are cached.
 */
export class TopicEncoder {
  /** Memory for the cached topics: in a shared pool, each would keep its neighbours alive. */
  #block = NOTHING;
  #used = 0;
  readonly #known = new Map<string, Buffer>();
  #last = '';
  #lastBytes: Buffer = Buffer.alloc(0);

  /** Throws BUS_TOPIC_INVALID. @param rare few messages follow on the topic: it is not kept */
  encode(topic: string, rare = false): Buffer {
    if (topic === this.#last && topic !== '') return this.#lastBytes;
    let bytes = this.#known.get(topic);
    if (bytes === undefined) {
      checkTopic(topic);
      bytes = this.#write(topic, 2 + Buffer.byteLength(topic));
      if (this.#known.size >= busLimits.values.topicCache) this.#known.clear();
      if (bytes.length <= CACHED_BYTES && !rare) this.#known.set(topic, bytes);
    }
    this.#last = topic;
    this.#lastBytes = bytes;
    return bytes;
  }

  #write(topic: string, size: number): Buffer {
    if (this.#block.length - this.#used < size) {
      this.#block = Buffer.allocUnsafeSlow(Math.max(BLOCK, size));
      this.#used = 0;
    }
    const bytes = this.#block.subarray(this.#used, this.#used + size);
    this.#used += size;
    bytes.writeUInt16BE(size - 2, 0);
    bytes.write(topic, 2, 'utf8');
    return bytes;
  }
}

/** Throws BUS_TOPIC_INVALID. */
export function checkTopic(topic: string): void {
  const reason = flaw(topic) ?? (/[+#]/.test(topic) ? 'it holds a wildcard' : undefined);
  if (reason !== undefined)
    throw busErrors.error('BUS_TOPIC_INVALID', { topic: topic.slice(0, 100), reason });
}

const SHARE = '$share/';

/** A filter, and the group among whose members the broker distributes its messages: `$share/GROUP/FILTER`. */
interface SharedFilter {
  readonly group: string | undefined;
  readonly filter: string;
}

export function sharedFilter(text: string): SharedFilter {
  if (typeof text !== 'string' || !text.startsWith(SHARE)) return { group: undefined, filter: text };
  const end = text.indexOf('/', SHARE.length);
  if (end < 0) return { group: text.slice(SHARE.length), filter: '' };
  return { group: text.slice(SHARE.length, end), filter: text.slice(end + 1) };
}

/**
 * Throws BUS_FILTER_INVALID.
 * @param canShare whether the bus has shared subscriptions
 */
export function checkFilter(text: string, canShare = false): void {
  const { group, filter } = sharedFilter(text);
  const levels = String(filter).split('/');
  const reason =
    flaw(text) ??
    (group !== undefined && !canShare ? 'shared subscriptions are not supported' : undefined) ??
    (group !== undefined && !/^[A-Za-z0-9_-]{1,64}$/.test(group)
      ? 'the name of a group has 1 to 64 letters, digits, _ and -'
      : undefined) ??
    flaw(filter) ??
    (levels.some((level) => level.length > 1 && /[+#]/.test(level))
      ? 'a wildcard must stand alone in its level'
      : undefined) ??
    (levels.slice(0, -1).includes('#') ? '# must be the last level' : undefined);
  if (reason !== undefined)
    throw busErrors.error('BUS_FILTER_INVALID', { filter: text.slice(0, 100), reason });
}

function flaw(text: string): string | undefined {
  if (typeof text !== 'string' || text === '') return 'it is empty';
  if (text.includes('\0')) return 'it holds a NUL';
  if (!text.isWellFormed()) return 'it is not valid Unicode';
  if (text.startsWith('$SYS/')) return "$SYS is the broker's own";
  if (Buffer.byteLength(text) > MAX_BYTES) return `it is longer than ${MAX_BYTES} bytes`;
  if (text.split('/').length > busLimits.values.topicLevels)
    return `it has more than ${busLimits.values.topicLevels} levels`;
  return undefined;
}

/**
 * A test for topics that match a filter, which may be shared. A wildcard in the first level does not match topics that begin with `$`
 * (MQTT 3.1.1, 4.7.2), and `a/#` matches `a` too (4.7.1.2).
 */
export function topicMatcher(text: string): (topic: string) => boolean {
  const { filter } = sharedFilter(text);
  const pattern = filter.split('/');
  const first = pattern[0];
  const wildFirst = first === '+' || first === '#';
  if (!filter.includes('+') && !filter.includes('#')) return (topic) => topic === filter;
  return (topic) => {
    if (wildFirst && topic.startsWith('$')) return false;
    const levels = topic.split('/');
    for (let i = 0; i < pattern.length; i++) {
      if (pattern[i] === '#') return true;
      if (i >= levels.length || (pattern[i] !== '+' && pattern[i] !== levels[i])) return false;
      if (i === levels.length - 1 && pattern.length === levels.length + 1 && pattern[i + 1] === '#')
        return true;
    }
    return levels.length === pattern.length;
  };
}
