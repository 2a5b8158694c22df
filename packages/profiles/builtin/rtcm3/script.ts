/**
 * RTCM 3 messages.
 *
 *     d3   000000 LENGTH (10 bits)   message   CRC-24Q (3)          message: TYPE (12 bits) STATION (12 bits) ..
 *
 * A message is a list of data fields (DF), whose size and scale the standard fixes. Layouts: RTCM 10403.3. An NTRIP
 * caster is asked first (RTCM 10410.0) and answers with a line or an HTTP header.
 */
import { ascii, BitReader, base64, hex, utf8Bytes } from 'fairlead:helpers';
import { type Fields, readFields, type Values } from './fields.ts';
import { julian, meaning } from './meaning.ts';
import { observed, plain, repeated, special } from './messages.ts';
import { forms, multipleSignals, systems } from './signals.ts';

interface Context {
  time: number;
  state: { asked?: boolean };
  parameters: { mountpoint?: string; user?: string };
  secret?: string;
}

function read(type: number, bits: BitReader): Values | undefined {
  const list = plain[type];
  if (list !== undefined) return { df: readFields(bits, list) };
  const observations = observed[type];
  if (observations !== undefined) {
    const [head, count, satellite] = observations;
    const df = readFields(bits, head);
    return { df, observations: repeated(bits, satellite, df[count] as number) };
  }
  if (systems[Math.floor(type / 10)] !== undefined && forms[type % 10] !== undefined)
    return multipleSignals(type, bits);
  return special[type]?.(bits);
}

export function uplink(bytes: Uint8Array) {
  if (bytes[0] !== 0xd3) return casterAnswer(ascii(bytes));
  const message = bytes.subarray(3, -3);
  // A filler frame: casters send it to keep the link.
  if (message.length === 0) return undefined;
  const bits = new BitReader(message);
  const messageType = bits.bits(12);
  const head = { messageType, length: message.length };
  const content = read(messageType, bits);
  if (content === undefined) return { values: { ...head, payload: hex(message) } };
  const df = content.df as Fields;
  const time = julian(df);
  return { values: { ...head, ...meaning(df), ...content }, ...(time && { time }) };
}

function casterAnswer(text: string) {
  const [line = ''] = text.split('\r\n', 1);
  if (!/^(ICY|HTTP\/1\.[01]) 200/.test(line))
    throw new Error(`the caster refused the stream: ${line.slice(0, 80)}`);
  return { values: { caster: line } };
}

// --- requests -----------------------------------------------------------------------------------------------------------------

function request(mountpoint: unknown, user: unknown, password: unknown): string {
  const name = String(mountpoint);
  if (!/^[\w.~-]{1,100}$/.test(name)) throw new Error(`not a mountpoint: ${name}`);
  const login = user ? `Authorization: Basic ${base64(utf8Bytes(`${user}:${password ?? ''}`))}\r\n` : '';
  return `GET /${name} HTTP/1.0\r\nUser-Agent: NTRIP Fairlead\r\n${login}\r\n`;
}

/** Asks a caster once a link; a plain stream needs nothing. */
export function poll({ state, parameters, secret }: Context) {
  if (!parameters.mountpoint || state.asked) return undefined;
  state.asked = true;
  return { send: request(parameters.mountpoint, parameters.user, secret), answer: false as const };
}

export function downlink(
  { values }: { values: { method?: unknown; params?: Values } },
  ctx: Context,
): string {
  if (values.method !== 'mount') throw new Error(`no such command: ${values.method}`);
  return request(values.params?.mountpoint, ctx.parameters.user, ctx.secret);
}
