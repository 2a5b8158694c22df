// Types of information objects, and the parts of which their elements consist.

import {
  type Context,
  cp56time2a,
  f32le,
  i16le,
  i32le,
  u8,
  u16le,
  u32le,
  zoneMinutes,
} from 'fairlead:helpers';

export type Values = Record<string, unknown>;

/** Parts of an element: how many bytes, and what they say. */
export type Part = readonly [size: number, read: (bytes: Uint8Array, at: number, ctx: Context) => Values];
export const PARTS: Record<string, Part> = {
  siq: [1, (bytes, at) => ({ value: u8(bytes, at) & 1, ...quality(u8(bytes, at) & 0xf0) })],
  diq: [1, (bytes, at) => ({ value: u8(bytes, at) & 3, ...quality(u8(bytes, at) & 0xf0) })],
  vti: [
    1,
    (bytes, at) => ({
      value: ((u8(bytes, at) & 0x7f) << 25) >> 25,
      ...(u8(bytes, at) & 0x80 && { transient: true }),
    }),
  ],
  bsi: [4, (bytes, at) => ({ value: u32le(bytes, at) })],
  nva: [2, (bytes, at) => ({ normalizedRaw: i16le(bytes, at), value: i16le(bytes, at) / 32_768 })],
  sva: [2, (bytes, at) => ({ value: i16le(bytes, at) })],
  r32: [4, (bytes, at) => number(f32le(bytes, at))],
  bcr: [
    5,
    (bytes, at) => ({
      value: i32le(bytes, at),
      sequence: u8(bytes, at + 4) & 31,
      quality: u8(bytes, at + 4) & 0x80 ? 'invalid' : 'good',
    }),
  ],
  qds: [1, (bytes, at) => quality(u8(bytes, at))],
  sep: [1, (bytes, at) => ({ value: u8(bytes, at) & 3, ...quality(u8(bytes, at) & 0xf0) })],
  raw1: [1, (bytes, at) => ({ value: u8(bytes, at) })],
  scd: [4, (bytes, at) => ({ value: u16le(bytes, at), changed: u16le(bytes, at + 2) })],
  cp16: [2, (bytes, at) => ({ elapsed: u16le(bytes, at) })],
  cp24: [3, (bytes, at, ctx) => minuteTime(bytes, at, ctx)],
  cp56: [7, (bytes, at, ctx) => fullTime(bytes, at, ctx)],
  sco: [1, (bytes, at) => ({ value: u8(bytes, at) & 1, select: (u8(bytes, at) & 0x80) !== 0 })],
  dco: [1, (bytes, at) => ({ value: u8(bytes, at) & 3, select: (u8(bytes, at) & 0x80) !== 0 })],
  qos: [1, (bytes, at) => ({ select: (u8(bytes, at) & 0x80) !== 0 })],
  coi: [1, (bytes, at) => ({ value: u8(bytes, at) & 0x7f })],
  qoi: [1, (bytes, at) => ({ qoi: u8(bytes, at) })],
  qcc: [1, (bytes, at) => ({ qcc: u8(bytes, at) })],
  qrp: [1, (bytes, at) => ({ qrp: u8(bytes, at) })],
  qpm: [1, (bytes, at) => ({ qualifier: u8(bytes, at) })],
  fbp: [2, (bytes, at) => ({ value: u16le(bytes, at) })],
};

/** Types of IEC 60870-5-101 chapter 7.3: number, name, parts of the element. */
export const TYPES = new Map<number, readonly [name: string, parts: readonly string[]]>(
  `
  1 M_SP_NA_1 siq
  2 M_SP_TA_1 siq cp24
  3 M_DP_NA_1 diq
  4 M_DP_TA_1 diq cp24
  5 M_ST_NA_1 vti qds
  6 M_ST_TA_1 vti qds cp24
  7 M_BO_NA_1 bsi qds
  8 M_BO_TA_1 bsi qds cp24
  9 M_ME_NA_1 nva qds
  10 M_ME_TA_1 nva qds cp24
  11 M_ME_NB_1 sva qds
  12 M_ME_TB_1 sva qds cp24
  13 M_ME_NC_1 r32 qds
  14 M_ME_TC_1 r32 qds cp24
  15 M_IT_NA_1 bcr
  16 M_IT_TA_1 bcr cp24
  17 M_EP_TA_1 sep cp16 cp24
  18 M_EP_TB_1 raw1 qds cp16 cp24
  19 M_EP_TC_1 raw1 qds cp16 cp24
  20 M_PS_NA_1 scd qds
  21 M_ME_ND_1 nva
  30 M_SP_TB_1 siq cp56
  31 M_DP_TB_1 diq cp56
  32 M_ST_TB_1 vti qds cp56
  33 M_BO_TB_1 bsi qds cp56
  34 M_ME_TD_1 nva qds cp56
  35 M_ME_TE_1 sva qds cp56
  36 M_ME_TF_1 r32 qds cp56
  37 M_IT_TB_1 bcr cp56
  38 M_EP_TD_1 sep cp16 cp56
  39 M_EP_TE_1 raw1 qds cp16 cp56
  40 M_EP_TF_1 raw1 qds cp16 cp56
  45 C_SC_NA_1 sco
  46 C_DC_NA_1 dco
  47 C_RC_NA_1 dco
  48 C_SE_NA_1 nva qos
  49 C_SE_NB_1 sva qos
  50 C_SE_NC_1 r32 qos
  51 C_BO_NA_1 bsi
  58 C_SC_TA_1 sco cp56
  59 C_DC_TA_1 dco cp56
  60 C_RC_TA_1 dco cp56
  61 C_SE_TA_1 nva qos cp56
  62 C_SE_TB_1 sva qos cp56
  63 C_SE_TC_1 r32 qos cp56
  64 C_BO_TA_1 bsi cp56
  70 M_EI_NA_1 coi
  100 C_IC_NA_1 qoi
  101 C_CI_NA_1 qcc
  102 C_RD_NA_1
  103 C_CS_NA_1 cp56
  104 C_TS_NA_1 fbp
  105 C_RP_NA_1 qrp
  106 C_CD_NA_1 cp16
  107 C_TS_TA_1 fbp cp56
  110 P_ME_NA_1 nva qpm
  111 P_ME_NB_1 sva qpm
  112 P_ME_NC_1 r32 qpm
  113 P_AC_NA_1 qpm`
    .trim()
    .split('\n')
    .map((line) => line.trim().split(' '))
    .map(([type, name, ...parts]) => [Number(type), [name as string, parts]]),
);

const QUALITIES: readonly (readonly [bit: number, name: string])[] = [
  [0x01, 'overflow'],
  [0x10, 'blocked'],
  [0x20, 'substituted'],
  [0x40, 'notTopical'],
  [0x80, 'invalid'],
];

const quality = (bits: number): Values => ({
  quality:
    QUALITIES.filter(([bit]) => (bits & bit) !== 0)
      .map(([, name]) => name)
      .join(',') || 'good',
});

const number = (value: number): Values => (Number.isFinite(value) ? { value } : {});

/** Seven bytes; where the highest bit of the minute is set, the time is invalid. */
function fullTime(bytes: Uint8Array, at: number, ctx: Context): Values {
  if ((u8(bytes, at + 2) & 0x80) !== 0) return { timeValid: false };
  const summer = (u8(bytes, at + 3) & 0x80) !== 0 ? 60 : 0;
  const offset = zoneMinutes(String(ctx.parameters.timezone)) + summer;
  return { time: new Date(cp56time2a(bytes, at).getTime() - offset * 60_000).toISOString() };
}

/** Milliseconds and a minute: the time of this kind that is nearest to now. */
function minuteTime(bytes: Uint8Array, at: number, ctx: Context): Values {
  if ((u8(bytes, at + 2) & 0x80) !== 0) return { timeValid: false };
  const hour = 3_600_000;
  const inHour = (u8(bytes, at + 2) & 0x3f) * 60_000 + u16le(bytes, at);
  if (inHour >= hour || u16le(bytes, at) >= 60_000) throw new Error('no such time within an hour');
  const near = Math.round((ctx.time - inHour) / hour) * hour + inHour;
  return { time: new Date(near).toISOString() };
}
