// Compact positions of ADS-B.

import { take, type Values } from './bits.ts';

/** Even and odd compact position: latitude, longitude and arrival (s) of each; 0 where it is not there. */
type Pair = [number, number, number, number, number, number];

export interface Context {
  time: number;
  type?: string;
  state: { pairs?: Record<string, Pair> };
  parameters: { latitude?: number; longitude?: number };
}

export interface Sighting {
  readonly icao: string;
  readonly ctx: Context;
}

export const modulo = (a: number, b: number): number => a - b * Math.floor(a / b);

/** Zones of longitude at a latitude: 59 at the equator, 1 at the poles. */
function zones(latitude: number): number {
  const across = Math.abs(latitude);
  if (across >= 87) return across > 87 ? 1 : 2;
  const part = (1 - Math.cos(Math.PI / 30)) / Math.cos((Math.PI / 180) * across) ** 2;
  return Math.floor((2 * Math.PI) / Math.acos(1 - part));
}

const scale = 2 ** 17;

/** From one message and a place within 180 nautical miles (on the ground 45). */
function nearby(odd: number, lat: number, lon: number, span: number, near: Values): Values {
  const [y, x] = [Number(near.latitude), Number(near.longitude)];
  const height = span / (60 - odd);
  const latitude = height * (Math.floor(0.5 + y / height - lat / scale) + lat / scale);
  const width = span / Math.max(1, zones(latitude) - odd);
  const longitude = width * (Math.floor(0.5 + x / width - lon / scale) + lon / scale);
  return { latitude, longitude: modulo(longitude + 180, 360) - 180 };
}

/** From an even and an odd message of the last ten seconds, in the air. */
function global(pair: Pair, odd: number): Values | undefined {
  const [evenLat, evenLon, evenTime, oddLat, oddLon, oddTime] = pair;
  if (evenTime === 0 || oddTime === 0 || Math.abs(evenTime - oddTime) > 10) return undefined;
  const zone = Math.floor((59 * evenLat - 60 * oddLat) / scale + 0.5);
  const south = (value: number): number => (value >= 270 ? value - 360 : value);
  const evenLatitude = south((360 / 60) * (modulo(zone, 60) + evenLat / scale));
  const oddLatitude = south((360 / 59) * (modulo(zone, 59) + oddLat / scale));
  const count = zones(evenLatitude);
  if (count !== zones(oddLatitude)) return undefined;
  const latitude = odd ? oddLatitude : evenLatitude;
  if (Math.abs(latitude) > 90) return undefined;
  const wide = Math.max(1, count - odd);
  const turn = Math.floor((evenLon * (count - 1) - oddLon * count) / scale + 0.5);
  const longitude = (360 / wide) * (modulo(turn, wide) + (odd ? oddLon : evenLon) / scale);
  return { latitude, longitude: longitude >= 180 ? longitude - 360 : longitude };
}

/** As many aircraft as fit into the state of a link. */
const aircraftKept = 48;

function remembered({ icao, ctx }: Sighting, odd: number, lat: number, lon: number): Pair {
  const pairs = ctx.state.pairs ?? {};
  const pair: Pair = pairs[icao] ?? [0, 0, 0, 0, 0, 0];
  pair.splice(odd * 3, 3, lat, lon, Math.round(ctx.time / 1_000));
  delete pairs[icao];
  const kept = Object.entries(pairs).slice(1 - aircraftKept);
  ctx.state.pairs = { ...Object.fromEntries(kept), [icao]: pair };
  return pair;
}

export function position(me: Uint8Array, sighting: Sighting, surface: boolean): Values {
  const [odd, lat, lon] = [take(me, 22, 22), take(me, 23, 39), take(me, 40, 56)];
  const cpr = { cpr: { odd, lat, lon } };
  const { latitude = 91, longitude = 181 } = sighting.ctx.parameters;
  if (Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)
    return { ...cpr, ...nearby(odd, lat, lon, surface ? 90 : 360, { latitude, longitude }), valid: true };
  // On the ground a pair leaves four places: only the receiver's own place tells which.
  if (surface) return cpr;
  const found = global(remembered(sighting, odd, lat, lon), odd);
  return found === undefined ? cpr : { ...cpr, ...found, valid: true };
}
