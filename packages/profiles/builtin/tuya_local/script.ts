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
import {
  ascii,
  be,
  concat,
  crc32,
  decrypt,
  encrypt,
  equal,
  fromBase64,
  fromHex,
  hex,
  hmac,
  sha256,
  u32,
  utf8,
  utf8Bytes,
} from 'fairlead:helpers';

type Values = Record<string, unknown>;
interface Context {
  time: number;
  type?: string;
  state: { seq?: number; nonce?: string; session?: string };
  parameters: {
    version?: string;
    deviceId?: string;
    queryDps?: unknown[];
    names?: Record<string, { name?: string; scale?: number }>;
    nonce?: string;
    sessionKey?: string;
  };
  secret?: string;
}
interface Packet {
  readonly seq: number;
  readonly cmd: number;
  readonly version?: string;
  readonly returnCode?: number;
  readonly verified: boolean;
  /** Decrypted, where there is a key. */
  readonly content: Uint8Array;
  readonly clear: boolean;
}

const cmds: Record<number, string> = {
  1: 'AP_CONFIG',
  2: 'ACTIVE',
  3: 'SESS_KEY_NEG_START',
  4: 'SESS_KEY_NEG_RESP',
  5: 'SESS_KEY_NEG_FINISH',
  6: 'UNBIND',
  7: 'CONTROL',
  8: 'STATUS',
  9: 'HEART_BEAT',
  10: 'DP_QUERY',
  11: 'QUERY_WIFI',
  12: 'TOKEN_BIND',
  13: 'CONTROL_NEW',
  14: 'ENABLE_WIFI',
  15: 'WIFI_INFO',
  16: 'DP_QUERY_NEW',
  17: 'SCENE_EXECUTE',
  18: 'UPDATEDPS',
  19: 'UDP_NEW',
  20: 'AP_CONFIG_NEW',
  35: 'REQ_DEVINFO',
  64: 'LAN_EXT_STREAM',
};
const [START, RESPONSE, FINISH, CONTROL, HEARTBEAT, QUERY, CONTROL_NEW, QUERY_NEW, UPDATE] = [
  3, 4, 5, 7, 9, 10, 13, 16, 18,
] as const;

// --- keys -----------------------------------------------------------------------------------------------------------------

function localKey({ secret }: Context): Uint8Array | undefined {
  if (!secret) return undefined;
  const key = utf8Bytes(secret);
  if (key.length !== 16) throw new Error(`the secret is the local key: 16 characters, not ${key.length}`);
  return key;
}

/** The key of a command: agreeing on a session key takes the device's. */
function keyOf(ctx: Context, cmd: number): Uint8Array | undefined {
  const session = ctx.state.session ?? ctx.parameters.sessionKey;
  if (cmd >= START && cmd <= FINISH) return localKey(ctx);
  return session ? fromHex(session) : localKey(ctx);
}

const hasSession = (version: string): boolean => version === '3.4' || version === '3.5';

function sessionKey(version: string, key: Uint8Array, ours: Uint8Array, theirs: Uint8Array): Uint8Array {
  const mixed = ours.map((byte, i) => byte ^ (theirs[i] as number));
  if (version === '3.4') return encrypt('aes-ecb', key, mixed, { padding: false });
  return encrypt('aes-gcm', key, mixed, { iv: ours.subarray(0, 12) }).subarray(0, 16);
}

// --- what comes -----------------------------------------------------------------------------------------------------------

/** The return code, where there is one: its first three bytes are 0. */
function split(body: Uint8Array): { returnCode?: number; content: Uint8Array } {
  if (body.length < 4 || u32(body) > 0xff) return { content: body };
  return { returnCode: u32(body), content: body.subarray(4) };
}

/** "3.3" and twelve bytes. */
function withoutVersion(content: Uint8Array): { version?: string; content: Uint8Array } {
  const version = /^3\.[1-5]/.exec(ascii(content.subarray(0, 3)))?.[0];
  if (version === undefined) return { content };
  // Version 3.1 has sixteen characters of a digest, then base64.
  return { version, content: content.subarray(version === '3.1' ? 19 : 15) };
}

function upTo33(
  body: Uint8Array,
  key: Uint8Array | undefined,
): Pick<Packet, 'version' | 'returnCode' | 'content' | 'clear'> {
  const { returnCode, content: whole } = split(body);
  const { version, content } = withoutVersion(whole);
  const head = { ...(returnCode !== undefined && { returnCode }), ...(version && { version }) };
  if (content.length === 0 || content[0] === 0x7b) return { ...head, content, clear: true };
  if (key === undefined) return { ...head, content, clear: false };
  const secret = version === '3.1' ? fromBase64(ascii(content)) : content;
  // Errors are plain text.
  if (secret.length % 16 !== 0) return { ...head, content, clear: true };
  return { ...head, version: version ?? '3.3', content: decrypt('aes-ecb', key, secret), clear: true };
}

function packet55aa(bytes: Uint8Array, ctx: Context): Packet {
  const [seq, cmd] = [u32(bytes, 4), u32(bytes, 8)];
  const common = { seq, cmd };
  if (u32(bytes, bytes.length - 8) === crc32(bytes.subarray(0, -8)))
    return { ...common, verified: true, ...upTo33(bytes.subarray(16, -8), localKey(ctx)) };

  const key = keyOf(ctx, cmd);
  if (bytes.length < 52) throw new Error('the checksum is wrong');
  const { returnCode, content } = split(bytes.subarray(16, -36));
  const head = { ...common, version: '3.4', ...(returnCode !== undefined && { returnCode }) };
  // Without a key nothing tells a frame of version 3.4 from a damaged one.
  if (key === undefined) return { ...common, verified: false, content: bytes.subarray(16, -4), clear: false };
  if (!equal(hmac('sha256', key, bytes.subarray(0, -36)), bytes.subarray(-36, -4)))
    throw new Error('the check is wrong, or the key is not that of the device');
  const clear = content.length === 0 ? content : decrypt('aes-ecb', key, content);
  return { ...head, verified: true, content: withoutVersion(clear).content, clear: true };
}

function packet6699(bytes: Uint8Array, ctx: Context): Packet {
  const [seq, cmd] = [u32(bytes, 6), u32(bytes, 10)];
  const head = { seq, cmd, version: '3.5' };
  if (bytes.length < 50) throw new Error('a message of version 3.5 has 50 bytes at least');
  const key = keyOf(ctx, cmd);
  const content = bytes.subarray(30, -4);
  if (key === undefined) return { ...head, verified: false, content, clear: false };
  const clear = decrypt('aes-gcm', key, content, { iv: bytes.slice(18, 30), aad: bytes.slice(4, 18) });
  const { returnCode, content: whole } = split(clear);
  const inner = withoutVersion(whole).content;
  return {
    ...head,
    ...(returnCode !== undefined && { returnCode }),
    verified: true,
    content: inner,
    clear: true,
  };
}

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

// --- what is sent ---------------------------------------------------------------------------------------------------------

const versionOf = ({ parameters }: Context): string => parameters.version || '3.3';

/** Bytes that are new each time: scripts have no random numbers, so that the key and the time take their place. */
function fresh(ctx: Context, what: string): Uint8Array {
  return sha256(concat(ctx.secret ?? '', ` ${what} ${ctx.time} ${ctx.state.seq ?? 0}`));
}

function packet(ctx: Context, cmd: number, content: Uint8Array, version = versionOf(ctx)): Uint8Array {
  const key = keyOf(ctx, cmd);
  if (key === undefined) throw new Error('the device has no secret: the local key');
  const seq = (ctx.state.seq ?? 0) + 1;
  ctx.state.seq = seq;
  // Questions and heartbeats go without the version in front.
  const bare = [START, FINISH, HEARTBEAT, QUERY, QUERY_NEW, UPDATE].includes(cmd as 3);
  const front = bare ? new Uint8Array() : concat(version, new Uint8Array(12));
  if (version === '3.5') return packet35(ctx, seq, cmd, key, concat(front, content));
  const body =
    version === '3.4'
      ? encrypt('aes-ecb', key, concat(front, content))
      : concat(front, encrypt('aes-ecb', key, content));
  const check = version === '3.4' ? 32 : 4;
  const head = concat(fromHex('000055aa'), be(seq, 4), be(cmd, 4), be(body.length + check + 4, 4), body);
  return concat(
    head,
    version === '3.4' ? hmac('sha256', key, head) : be(crc32(head), 4),
    fromHex('0000aa55'),
  );
}

function packet35(ctx: Context, seq: number, cmd: number, key: Uint8Array, content: Uint8Array): Uint8Array {
  const head = concat([0, 0], be(seq, 4), be(cmd, 4), be(content.length + 28, 4));
  const iv = fresh(ctx, 'iv').slice(0, 12);
  return concat(
    fromHex('00006699'),
    head,
    iv,
    encrypt('aes-gcm', key, content, { iv, aad: head }),
    fromHex('00009966'),
  );
}

const json = (value: unknown): Uint8Array => utf8Bytes(JSON.stringify(value));

/** As many devices want it: their id twice, and the time as text. */
function addressed({ parameters, time }: Context, dps?: unknown): Values {
  const id = parameters.deviceId ?? '';
  return { devId: id, uid: id, t: String(Math.floor(time / 1_000)), ...(dps !== undefined && { dps }) };
}

function set(ctx: Context, dps: unknown): Uint8Array {
  if (!hasSession(versionOf(ctx))) return packet(ctx, CONTROL, json(addressed(ctx, dps)));
  return packet(ctx, CONTROL_NEW, json({ protocol: 5, t: Math.floor(ctx.time / 1_000), data: { dps } }));
}

function query(ctx: Context): Uint8Array {
  const list = ctx.parameters.queryDps ?? [];
  if (list.length > 0) {
    const dps = Object.fromEntries(list.map((number) => [String(number), null]));
    return packet(ctx, CONTROL_NEW, json(addressed(ctx, dps)));
  }
  if (hasSession(versionOf(ctx))) return packet(ctx, QUERY_NEW, json({}));
  return packet(ctx, QUERY, json({ gwId: ctx.parameters.deviceId ?? '', ...addressed(ctx) }));
}

function heartbeat(ctx: Context): Uint8Array {
  const id = ctx.parameters.deviceId ?? '';
  return packet(ctx, HEARTBEAT, hasSession(versionOf(ctx)) ? json({}) : json({ gwId: id, devId: id }));
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
