/**
 * The answer of the platform to "which device has this token", sans I/O.
 *
 *     {"code": 200, "message": "...", "data": {"Id", "AccessToken", "ProtocolType", "DeviceType",
 *                                              "DeviceConfig": {"InBoundByteLength", "OutBoundByteLength"}}}
 *
 *     data null, or AccessToken empty     the token is refused
 *     AccessToken of another device       the answer is not used
 *     ProtocolType "tcp", "raw-tcp"       official, custom
 *     DeviceType "1", "2"                 standard, gateway
 *     byte lengths                        in KB; 0 or absent: 1 KB
 */
import { issueWords } from '@fairlead/core';
import { z } from 'zod';
import { thingspanelErrors } from '../catalogue.ts';

type PlatformProtocol = 'official' | 'custom';

/** A device as the platform knows it. */
export interface PlatformDevice {
  /** The platform's id. */
  readonly id: string;
  readonly token: string;
  /** undefined: the platform calls it by a name that is not known here. */
  readonly protocol: PlatformProtocol | undefined;
  readonly type: 'standard' | 'gateway';
  /** Bytes. */
  readonly inboundBuffer: number;
  readonly outboundBuffer: number;
}

const KB = 1_024;
/** The largest buffer that a device may have, in KB. */
const LARGEST = 2 ** 14;
const PROTOCOLS: Readonly<Record<string, PlatformProtocol>> = { tcp: 'official', 'raw-tcp': 'custom' };

/** Some versions write numbers as text, and some text as numbers. */
const text = z.union([z.string(), z.number().transform(String)]);
const kilobytes = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,9}$/, 'a whole number is expected')
      .transform(Number),
  ])
  .pipe(z.int().min(0))
  .transform((size) => Math.min(size === 0 ? 1 : size, LARGEST) * KB)
  .nullish()
  .transform((bytes) => bytes ?? KB);

const deviceSchema = z.object({
  Id: text.pipe(z.string().min(1).max(256)),
  AccessToken: z.string().min(1).max(512),
  ProtocolType: z.string().max(256).nullish(),
  DeviceType: text.pipe(z.enum(['1', '2'])),
  DeviceConfig: z.object({ InBoundByteLength: kilobytes, OutBoundByteLength: kilobytes }).nullish(),
});
const answerSchema = z.object({ data: z.looseObject({ AccessToken: z.string().nullish() }).nullish() });

/**
 * The device, or undefined if the platform refuses the token. Throws THINGSPANEL_ANSWER_INVALID or THINGSPANEL_ANSWER_WRONG.
 *
 * @param token that was asked for
 * @param body of the answer, as text
 */
export function readAnswer(token: string, body: string): PlatformDevice | undefined {
  const { data } = checked(answerSchema, parsed(body));
  if (!data?.AccessToken) return undefined;
  if (data.AccessToken !== token) throw thingspanelErrors.error('THINGSPANEL_ANSWER_WRONG');
  const { Id, ProtocolType, DeviceType, DeviceConfig } = checked(deviceSchema, data);
  return {
    id: Id,
    token,
    protocol: Object.hasOwn(PROTOCOLS, ProtocolType ?? '') ? PROTOCOLS[ProtocolType ?? ''] : undefined,
    type: DeviceType === '1' ? 'standard' : 'gateway',
    inboundBuffer: DeviceConfig?.InBoundByteLength ?? KB,
    outboundBuffer: DeviceConfig?.OutBoundByteLength ?? KB,
  };
}

export const invalidAnswer = (reason: string, cause?: unknown) =>
  thingspanelErrors.error('THINGSPANEL_ANSWER_INVALID', { reason }, cause);

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw invalidAnswer('it is not JSON');
  }
}

function checked<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0] as z.core.$ZodIssue;
  // The value is not shown: it may be a token.
  throw invalidAnswer(`${issue.path.join('.') || 'the whole'}: ${issueWords(issue)}`);
}
