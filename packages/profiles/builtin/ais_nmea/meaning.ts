// What the fields of AIS messages mean.

import { dateUTC } from 'fairlead:helpers';
import type { Message, Values } from './bits.ts';

const statuses = (
  'Under way using engine,At anchor,Not under command,Restricted manoeuverability,Constrained by her draught,Moored,' +
  'Aground,Engaged in fishing,Under way sailing,Reserved for HSC,Reserved for WIG,Power-driven vessel towing astern,' +
  'Power-driven vessel pushing ahead or towing alongside,Reserved,AIS-SART is active,Not defined'
).split(',');

const fixes: Record<number, string> = Object.fromEntries(
  'Undefined,GPS,GLONASS,Combined GPS/GLONASS,Loran-C,Chayka,Integrated navigation system,Surveyed,Galileo'
    .split(',')
    .map((name, i) => [i, name]),
);

const aids = (
  'Unspecified|Reference point|RACON|Fixed offshore structure|Spare, Reserved for future use|Light, without sectors|' +
  'Light, with sectors|Leading Light Front|Leading Light Rear|Beacon, Cardinal N|Beacon, Cardinal E|Beacon, Cardinal S|' +
  'Beacon, Cardinal W|Beacon, Port hand|Beacon, Starboard hand|Beacon, Preferred Channel port hand|' +
  'Beacon, Preferred Channel starboard hand|Beacon, Isolated danger|Beacon, Safe water|Beacon, Special mark|' +
  'Cardinal Mark N|Cardinal Mark E|Cardinal Mark S|Cardinal Mark W|Port hand Mark|Starboard hand Mark|' +
  'Preferred Channel Port hand|Preferred Channel Starboard hand|Isolated danger|Safe Water|Special Mark|' +
  'Light Vessel / LANBY / Rigs'
).split('|');

const shipGroups: Record<number, string> = {
  2: 'Wing in ground (WIG)',
  4: 'High speed craft (HSC)',
  6: 'Passenger',
  7: 'Cargo',
  8: 'Tanker',
  9: 'Other Type',
};

const ships3 =
  'Fishing|Towing|Towing: length exceeds 200m or breadth exceeds 25m|Dredging or underwater ops|Diving ops|Military ops|Sailing|Pleasure Craft|Reserved|Reserved';

const ships5 =
  'Pilot Vessel|Search and Rescue vessel|Tug|Port Tender|Anti-pollution equipment|Law Enforcement|Spare - Local Vessel|Spare - Local Vessel|Medical Transport|Ship according to RR Resolution No. 18';

function shipType(code: number): string {
  const [tens, ones] = [Math.floor(code / 10), code % 10];
  if (tens === 3) return ships3.split('|')[ones] as string;
  if (tens === 5) return ships5.split('|')[ones] as string;
  const group = shipGroups[tens];
  if (group === undefined) return code === 0 ? 'Not available' : 'Reserved for future use';
  if (ones === 0) return `${group} - all ships of this type`;
  if (ones <= 4) return `${group} - Hazardous category ${'ABCD'[ones - 1]}`;
  return `${group} - ${ones === 9 ? 'No additional information' : 'Reserved for future use'}`;
}

/** Codes of binary messages: where their text goes, and the texts. */
const codeTexts: Record<string, [target: string, names: string]> = {
  pressuretend: ['pressuretend', 'steady,increasing,decreasing,N/A'],
  leveltrend: ['leveltrend', 'steady,increasing,decreasing,N/A'],
  preciptype: ['preciptype_text', 'reserved,rain,thunderstorm,freezing rain,mixed/ice,snow,reserved,N/A'],
  stationtype: [
    'stationtype_text',
    'All types of mobiles,Reserved for future use,All types of Class B mobile stations,SAR airborne mobile station,Aid to Navigation station,Class B shipborne mobile station (IEC62287 only),Regional use and inland waterways',
  ],
  ice: ['ice_text', 'no,yes,reserved,N/A'],
  racon: ['racon_text', 'no RACON installed,RACON not monitored,RACON operational,RACON ERROR'],
  light: ['light_text', 'no light or no monitoring,Light ON,Light OFF,Light ERROR'],
  loaded: ['loaded_text', 'N/A,Unloaded,Loaded'],
};

const two = (value: unknown): string => String(value).padStart(2, '0');

/** Texts beside the numbers, and times in one piece. Positions that are coarse are shown as coarse as they are. */
export function explained(message: Message): Message {
  const {
    status,
    epfd,
    shiptype,
    aid_type,
    turn,
    year,
    month,
    day,
    hour,
    minute,
    second,
    name_ext,
    ...rest
  } = message;
  const out: Message = { ...rest };
  if (typeof status === 'number') Object.assign(out, { status, status_text: statuses[status] as string });
  if (typeof turn === 'number') out.turn = turnText(turn);
  if (typeof epfd === 'number')
    Object.assign(out, {
      epfd,
      epfd_text: fixes[epfd] ?? (epfd === 15 ? 'internal GNSS' : `Reserved (${epfd})`),
    });
  if (typeof shiptype === 'number')
    Object.assign(out, { shiptype, ...(shiptype < 256 && { shiptype_text: shipType(shiptype) }) });
  if (typeof aid_type === 'number') Object.assign(out, { aid_type, aid_type_text: aids[aid_type] as string });
  for (const [key, [target, names]] of Object.entries(codeTexts)) {
    const name = names.split(',')[Number(rest[key])];
    if (rest[key] !== undefined && name !== undefined) out[target] = name;
  }
  for (const [key, value] of Object.entries(rest))
    if (/^(ne|sw)_/.test(key) && typeof value === 'number') out[key] = value.toFixed(6);
  if (rest.type === 17) for (const key of ['lon', 'lat']) out[key] = Math.round(Number(rest[key]) * 10) / 10;
  if (rest.type === 25 || rest.type === 26)
    Object.assign(out, { dest_mmsi: rest.dest_mmsi ?? 0, app_id: rest.app_id ?? 0 });
  if (typeof name_ext === 'string' && name_ext !== '') out.name = `${out.name}${name_ext}`;
  if (year !== undefined)
    out.timestamp = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}Z`;
  else if (month !== undefined) out.eta = `${two(month)}-${two(day)}T${two(hour)}:${two(minute)}Z`;
  else if (day !== undefined) out.timestamp = `${two(day)}T${two(hour)}:${two(minute)}Z`;
  else if (second !== undefined) out.second = second;
  return out;
}

/** Degrees a minute are the square of the value over 4.733; 127 and -127 say only that it is more than 5° in 30 s. */
function turnText(turn: number): string {
  if (turn === -128) return 'n/a';
  if (Math.abs(turn) === 127) return turn < 0 ? 'fastleft' : 'fastright';
  return rate(turn).toFixed(2);
}

const rate = (turn: number): number => Math.sign(turn) * (turn / 4.733) ** 2;

const known = (value: unknown, none: number): value is number => typeof value === 'number' && value < none;

/** The values of the vocabulary: without those that are marked as not available. */
export function vocabulary(message: Message): Values {
  const { type, mmsi, lon, lat, speed, course, heading, turn, alt, to_bow, to_stern, to_port, to_starboard } =
    message;
  const values: Values = { type, mmsi, deviceId: String(mmsi).padStart(9, '0') };
  if (lon !== undefined) values.valid = Math.abs(Number(lon)) <= 180 && Math.abs(Number(lat)) <= 90;
  if (values.valid === true) Object.assign(values, { latitude: lat, longitude: lon });
  if (known(speed, type === 9 ? 1_023 : type === 27 ? 63 : 102.25))
    Object.assign(values, { speed: speed * 1.852, speedKnots: speed });
  if (known(course, 360)) values.course = course;
  if (known(heading, 360)) values.heading = heading;
  if (known(alt, 4_095)) values.altitude = alt;
  if (typeof turn === 'number' && Math.abs(turn) < 127) values.rateOfTurn = rate(turn);
  const texts = {
    name: message.shipname ?? message.name,
    callsign: message.callsign,
    destination: message.destination,
  };
  for (const [key, text] of Object.entries({ ...texts, message: message.text })) if (text) values[key] = text;
  if (message.status !== undefined) values.status = message.status;
  if (message.wspeed !== undefined) Object.assign(values, weatherValues(message));
  if (message.vin) {
    // Decimetres, and the draught in centimetres.
    const { vin, length, beam } = message;
    Object.assign(values, { vin, length: Number(length) / 10, beam: Number(beam) / 10 });
  }
  if (message.imo) values.imo = message.imo;
  if (message.draught) values.draught = message.vin ? Number(message.draught) / 100 : message.draught;
  if (message.shiptype && Number(message.shiptype) < 256)
    values.shipType = shipType(message.shiptype as number);
  if (to_bow || to_stern) values.length = Number(to_bow) + Number(to_stern);
  if (to_port || to_starboard) values.beam = Number(to_port) + Number(to_starboard);
  return values;
}

/** Weather that is given: each value has its own mark for "not available", beyond what is possible. */
function weatherValues({ wspeed, wdir, airtemp, humidity, pressure, watertemp }: Message): Values {
  return {
    ...(known(wspeed, 127) && { windSpeed: (wspeed * 1.852) / 3.6 }),
    ...(known(wdir, 360) && { windDirection: wdir }),
    ...(known(airtemp, 100) && airtemp > -100 && { temperature: airtemp }),
    ...(known(humidity, 101) && { humidity }),
    ...(known(pressure, 1_202) && { pressure }),
    ...(known(watertemp, 50.1) && { waterTemperature: watertemp }),
  };
}

/** The time of a base station, where it has one. */
export function stationTime({ type, year, month, day, hour, minute, second }: Message): Date | undefined {
  if ((type !== 4 && type !== 11) || !year || !month || !day) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  return dateUTC(
    ...([year, month, day, hour, minute, second] as [number, number, number, number, number, number]),
  );
}
