/**
 * Tuya devices in the local network; integers are big-endian, the content is JSON.
 *
 *     000055aa  SEQ (4)  CMD (4)  LENGTH (4)  [RETURN CODE (4)]  content  CHECK  0000aa55
 *     00006699  0 (2)    SEQ (4)  CMD (4)     LENGTH (4)  IV (12)  [RETURN CODE (4)]  content  TAG (16)  00009966
 *
 *     up to 3.3   content AES-ECB with the device's key, some with "3.3" and 12 bytes in front; CHECK CRC-32
 *     3.4         content and what is in front AES-ECB with a session key; CHECK HMAC-SHA-256 (32)
 *     3.5         the second form, AES-GCM with a session key; the header behind its first four bytes is authenticated
 *
 * The session key is the exclusive or of two nonces, encrypted with the device's key: we send ours (3), the device sends its own
 * with an HMAC of ours (4), we send an HMAC of its (5). Source: PROTOCOL.md of tinytuya.
 */
import { be, concat, equal, fromHex, hex, hmac, utf8, utf8Bytes } from 'fairlead:helpers';
import {
  type Context,
  cmds,
  FINISH,
  HEARTBEAT,
  hasSession,
  localKey,
  RESPONSE,
  START,
  sessionKey,
  UPDATE,
  type Values,
} from './keys.ts';
import { type Packet, packet55aa, packet6699 } from './packets.ts';
import { fresh, heartbeat, json, packet, query, set, versionOf } from './sending.ts';

function jsonOf(text: string): Values | undefined {
  if (!text.startsWith('{')) return undefined;
  const json: unknown = JSON.parse(text);
  return json as Values;
}

function contentValues(
  { content, clear }: Packet,
  ctx: Context,
): { values: Values; time?: Date; cid?: string } {
  if (!clear) return { values: { payload: hex(content) } };
  if (content.length === 0) return { values: {} };
  const text = utf8(content).replace(/\0+$/, '');
  const json = jsonOf(text);
  if (json === undefined) return { values: { text } };
  const inner = (json.data ?? json) as Values;
  const dps = inner.dps as Values | undefined;
  const seconds = Number(json.t ?? inner.t);
  const cid = inner.cid ?? json.cid;
  return {
    values: { ...(dps && { dps, ...named(dps, ctx) }), json },
    ...(seconds > 1e9 && seconds < 1e11 && { time: new Date(seconds * 1_000) }),
    ...(typeof cid === 'string' && { cid }),
  };
}

function named(dps: Values, { parameters }: Context): Values {
  const values: Values = {};
  for (const [number, value] of Object.entries(dps)) {
    const { name, scale = 1 } = parameters.names?.[number] ?? {};
    if (name !== undefined) values[name] = typeof value === 'number' ? value * scale : value;
  }
  return values;
}

/** The device's nonce and its HMAC of ours: agrees on the key, finishes, and asks for the data points. */
function agreed({ content, version = '3.4', seq }: Packet, ctx: Context) {
  const key = localKey(ctx);
  const ours = ctx.state.nonce && fromHex(ctx.state.nonce);
  if (key === undefined || !ours) return undefined;
  const theirs = content.slice(0, 16);
  if (content.length < 48 || !equal(hmac('sha256', key, ours), content.subarray(16, 48)))
    throw new Error('the device does not know the key');
  const finish = packet(ctx, FINISH, hmac('sha256', key, theirs), version);
  ctx.state.session = hex(sessionKey(version, key, ours, theirs));
  return {
    values: { seq, cmd: RESPONSE, cmdName: cmds[RESPONSE], version, session: true },
    reply: concat(finish, query(ctx)),
  };
}

export function uplink(bytes: Uint8Array, ctx: Context) {
  const read = bytes[2] === 0x66 ? packet6699(bytes, ctx) : packet55aa(bytes, ctx);
  const { seq, cmd, version, returnCode, verified } = read;
  if (cmd === RESPONSE && read.clear) {
    const result = agreed(read, ctx);
    if (result !== undefined) return result;
  }
  const head = {
    seq,
    cmd,
    ...(cmds[cmd] && { cmdName: cmds[cmd] }),
    ...(version && { version }),
    ...(returnCode !== undefined && { returnCode }),
    ...(!verified && { verified }),
  };
  if (cmd >= START && cmd <= FINISH) return { values: head };
  const { values, time, cid } = contentValues(read, ctx);
  return {
    values: { ...head, ...values },
    ...(time && { time }),
    ...(ctx.type === 'gateway' && cid !== undefined && { device: cid }),
  };
}

/** Versions with a session agree on a key first. Then the data points once, and a heartbeat each time. */
export function poll(ctx: Context) {
  const version = versionOf(ctx);
  const at = version === '3.5' ? 10 : 8;
  const request = (send: Uint8Array, cmd: number) => ({
    send,
    expect: [{ at, bytes: hex(be(cmd, 4)) }],
    data: cmds[cmd],
  });
  if (hasSession(version) && ctx.state.session === undefined) {
    const nonce = ctx.parameters.nonce ? utf8Bytes(ctx.parameters.nonce) : fresh(ctx, 'nonce').slice(0, 16);
    if (nonce.length !== 16) throw new Error('nonce has 16 characters');
    ctx.state.nonce = hex(nonce);
    return request(packet(ctx, START, nonce), RESPONSE);
  }
  if (!hasSession(version) && ctx.state.seq === undefined) return { send: query(ctx), data: 'query' };
  return request(heartbeat(ctx), HEARTBEAT);
}

export function downlink(
  { kind, values }: { kind?: string; values: { method?: unknown; params?: Values } & Values },
  ctx: Context,
): Uint8Array {
  if (kind === 'attributes') return set(ctx, numbered(values, ctx));
  const { dps } = values.params ?? {};
  switch (values.method) {
    case 'set':
      if (dps === null || typeof dps !== 'object') throw new Error('dps is an object of data points');
      return set(ctx, dps);
    case 'query':
      return query(ctx);
    case 'refresh':
      if (!Array.isArray(dps)) throw new Error('dps is a list of numbers');
      return packet(ctx, UPDATE, json({ dpId: dps }));
    case 'heartbeat':
      return heartbeat(ctx);
    default:
      throw new Error(`no such command: ${values.method}`);
  }
}

/** Attributes are data points by their number or by their name. */
function numbered(values: Values, { parameters }: Context): Values {
  const names = Object.entries(parameters.names ?? {});
  const dps: Values = {};
  for (const [key, value] of Object.entries(values)) {
    const [number = key, { scale = 1 } = {}] = names.find(([, { name }]) => name === key) ?? [];
    if (!/^\d{1,3}$/.test(number)) throw new Error(`no data point has the name ${key}`);
    dps[number] = typeof value === 'number' ? Math.round(value / scale) : value;
  }
  return dps;
}
