/**
 * BaseStation lines of ADS-B receivers: 22 fields with commas between, of which many are empty.
 *
 *     MSG,type,session,aircraft,ICAO,flight,date,time,date logged,time logged,
 *         callsign,altitude,speed,track,latitude,longitude,climb,squawk,alert,emergency,ident,on ground
 *     SEL ID AIR STA CLK: the same ten fields first, then a callsign or a status
 *
 * Units: feet, knots, degrees, feet a minute. Source: "SBS socket data" of woodair.net.
 */
import { ascii, dateUTC, zoneMinutes } from 'fairlead:helpers';

type Values = Record<string, unknown>;
interface Context {
  type?: string;
  parameters: { timezone?: string };
}

const foot = 0.3048;
const knot = 1.852;
const types = new Set(['MSG', 'SEL', 'ID', 'AIR', 'STA', 'CLK']);

function number(
  fields: readonly string[],
  at: number,
  least = -Infinity,
  most = Infinity,
): number | undefined {
  const text = fields[at]?.trim();
  if (!text) return undefined;
  const value = Number(text);
  if (!/^[+-]?\d+(\.\d*)?$/.test(text) || value < least || value > most)
    throw new Error(`field ${at + 1} is not possible: ${text}`);
  return value;
}

function text(fields: readonly string[], at: number): string | undefined {
  return fields[at]?.trim() || undefined;
}

/** -1 or 1: set. */
function flag(fields: readonly string[], at: number): boolean | undefined {
  const value = text(fields, at);
  return value === undefined ? undefined : value !== '0';
}

/** 2008/11/28 and 14:53:49.986, in the zone of the receiver. */
function moment(date: string | undefined, time: string | undefined, zone: string): Date | undefined {
  if (date === undefined || time === undefined) return undefined;
  const day = /^(\d{4})\/(\d\d)\/(\d\d)$/.exec(date);
  const clock = /^(\d\d):(\d\d):(\d\d)(\.\d{1,9})?$/.exec(time);
  if (day === null || clock === null) throw new Error(`not a time: ${date} ${time}`);
  const [year, month, of] = day.slice(1).map(Number) as [number, number, number];
  const [hour, minute, second] = clock.slice(1, 4).map(Number) as [number, number, number];
  if (second > 60) throw new Error(`not a time: ${time}`);
  const whole = dateUTC(year, month, of, hour, minute, second).getTime();
  return new Date(whole + Math.round(Number(clock[4] ?? 0) * 1_000) - zoneMinutes(zone) * 60_000);
}

/** The values that stand in the line, without those that are empty. */
function given(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

const scaled = (value: number | undefined, by: number): number | undefined =>
  value === undefined ? undefined : value * by;

function position(fields: readonly string[]): Values {
  const latitude = number(fields, 14, -90, 90);
  const longitude = number(fields, 15, -180, 180);
  return latitude === undefined || longitude === undefined ? {} : { latitude, longitude, valid: true };
}

/** What a MSG line says of the flight. */
function flightValues(fields: readonly string[]): Values {
  const altitudeFeet = number(fields, 11);
  const speedKnots = number(fields, 12, 0);
  const verticalRateFpm = number(fields, 16);
  const emergency = flag(fields, 19);
  return {
    callsign: text(fields, 10),
    altitude: scaled(altitudeFeet, foot),
    altitudeFeet,
    speed: scaled(speedKnots, knot),
    groundSpeed: scaled(speedKnots, knot),
    speedKnots,
    course: number(fields, 13, 0, 360),
    ...position(fields),
    verticalRate: scaled(verticalRateFpm, foot / 60),
    verticalRateFpm,
    squawk: text(fields, 17),
    alert: flag(fields, 18),
    emergency,
    spi: flag(fields, 20),
    onGround: flag(fields, 21),
    alarm: emergency ? 'sos' : undefined,
  };
}

export function uplink(bytes: Uint8Array, ctx: Context) {
  const line = ascii(bytes).trim();
  if (line === '') return undefined;
  const fields = line.split(',');
  const type = fields[0] as string;
  if (!types.has(type) || fields.length < 10) throw new Error(`not a BaseStation line: ${line.slice(0, 40)}`);
  const icao = text(fields, 4);
  if (icao !== undefined && !/^~?[0-9A-F]{6}$/i.test(icao)) throw new Error(`not an ICAO address: ${icao}`);
  const zone = ctx.parameters.timezone ?? '+00:00';
  const time = moment(text(fields, 6), text(fields, 7), zone);
  const values = given({
    type,
    transmission: number(fields, 1, 1, 8),
    session: text(fields, 2),
    aircraft: text(fields, 3),
    icao,
    deviceId: icao,
    flight: text(fields, 5),
    generated: stamp(fields, 6),
    logged: stamp(fields, 8),
    ...(type === 'MSG' && flightValues(fields)),
    ...((type === 'SEL' || type === 'ID') && { callsign: text(fields, 10) }),
    ...(type === 'STA' && { status: text(fields, 10) }),
  });
  return { values, ...(time && { time }), ...(ctx.type === 'gateway' && icao && { device: icao }) };
}

function stamp(fields: readonly string[], at: number): string | undefined {
  const date = text(fields, at);
  const time = text(fields, at + 1);
  return date && time && `${date} ${time}`;
}
