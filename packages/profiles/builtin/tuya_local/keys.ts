// Numbers of commands, and the keys of a link.

import { encrypt, fromHex, utf8Bytes } from 'fairlead:helpers';

export type Values = Record<string, unknown>;
export interface Context {
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

export const cmds: Record<number, string> = {
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
export const [START, RESPONSE, FINISH, CONTROL, HEARTBEAT, QUERY, CONTROL_NEW, QUERY_NEW, UPDATE] = [
  3, 4, 5, 7, 9, 10, 13, 16, 18,
] as const;

export function localKey({ secret }: Context): Uint8Array | undefined {
  if (!secret) return undefined;
  const key = utf8Bytes(secret);
  if (key.length !== 16) throw new Error(`the secret is the local key: 16 characters, not ${key.length}`);
  return key;
}

/** The key of a command: agreeing on a session key takes the device's. */
export function keyOf(ctx: Context, cmd: number): Uint8Array | undefined {
  const session = ctx.state.session ?? ctx.parameters.sessionKey;
  if (cmd >= START && cmd <= FINISH) return localKey(ctx);
  return session ? fromHex(session) : localKey(ctx);
}

export const hasSession = (version: string): boolean => version === '3.4' || version === '3.5';

export function sessionKey(
  version: string,
  key: Uint8Array,
  ours: Uint8Array,
  theirs: Uint8Array,
): Uint8Array {
  const mixed = ours.map((byte, i) => byte ^ (theirs[i] as number));
  if (version === '3.4') return encrypt('aes-ecb', key, mixed, { padding: false });
  return encrypt('aes-gcm', key, mixed, { iv: ours.subarray(0, 12) }).subarray(0, 16);
}
