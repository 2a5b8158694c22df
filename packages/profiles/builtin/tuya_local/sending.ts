// Packets that are sent.

import { be, concat, crc32, encrypt, fromHex, hmac, sha256, utf8Bytes } from 'fairlead:helpers';
import {
  CONTROL,
  CONTROL_NEW,
  type Context,
  FINISH,
  HEARTBEAT,
  hasSession,
  keyOf,
  QUERY,
  QUERY_NEW,
  START,
  UPDATE,
  type Values,
} from './keys.ts';

export const versionOf = ({ parameters }: Context): string => parameters.version || '3.3';

/** Bytes that are new each time: scripts have no random numbers, so that the key and the time take their place. */
export function fresh(ctx: Context, what: string): Uint8Array {
  return sha256(concat(ctx.secret ?? '', ` ${what} ${ctx.time} ${ctx.state.seq ?? 0}`));
}

export function packet(ctx: Context, cmd: number, content: Uint8Array, version = versionOf(ctx)): Uint8Array {
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

export const json = (value: unknown): Uint8Array => utf8Bytes(JSON.stringify(value));

/** As many devices want it: their id twice, and the time as text. */
function addressed({ parameters, time }: Context, dps?: unknown): Values {
  const id = parameters.deviceId ?? '';
  return { devId: id, uid: id, t: String(Math.floor(time / 1_000)), ...(dps !== undefined && { dps }) };
}

export function set(ctx: Context, dps: unknown): Uint8Array {
  if (!hasSession(versionOf(ctx))) return packet(ctx, CONTROL, json(addressed(ctx, dps)));
  return packet(ctx, CONTROL_NEW, json({ protocol: 5, t: Math.floor(ctx.time / 1_000), data: { dps } }));
}

export function query(ctx: Context): Uint8Array {
  const list = ctx.parameters.queryDps ?? [];
  if (list.length > 0) {
    const dps = Object.fromEntries(list.map((number) => [String(number), null]));
    return packet(ctx, CONTROL_NEW, json(addressed(ctx, dps)));
  }
  if (hasSession(versionOf(ctx))) return packet(ctx, QUERY_NEW, json({}));
  return packet(ctx, QUERY, json({ gwId: ctx.parameters.deviceId ?? '', ...addressed(ctx) }));
}

export function heartbeat(ctx: Context): Uint8Array {
  const id = ctx.parameters.deviceId ?? '';
  return packet(ctx, HEARTBEAT, hasSession(versionOf(ctx)) ? json({}) : json({ gwId: id, devId: id }));
}
