/**
 * SIA DC-09, events of alarm panels over IP.
 *
 *     LF CRC (4) 0LEN (4) "ID" SEQUENCE (4) Rreceiver Lline #account [ data ] [ X further ].. _HH:MM:SS,MM-DD-YYYY CR
 *
 * CRC-16/ARC from the first quote on, checked by the framing. Panels give wrong lengths, so that the length counts for nothing.
 * Behind the bracket of an ID that begins with an asterisk stands hex of AES-CBC (IV zero): padding | data ] further _time. Each
 * message is answered: ACK, NAK (wrong time), DUH (not understood). Sources: ANSI/SIA DC-09, DC-03 and DC-05 (codes).
 */
import {
  concat,
  crc16arc,
  dateUTC,
  decrypt,
  encrypt,
  fromHex,
  hex,
  latin1,
  sha256,
  utf8Bytes,
} from 'fairlead:helpers';

type Values = Record<string, unknown>;
interface Context {
  time: number;
  parameters: { timeBand?: number };
  secret?: string;
}
interface Message {
  readonly crc: string;
  readonly lengthField: string;
  readonly length: number;
  readonly encrypted: boolean;
  readonly id: string;
  readonly sequence: string;
  readonly receiver: string | undefined;
  readonly line: string | undefined;
  readonly account: string;
  /** What follows the opening bracket. */
  readonly rest: string;
}

const form =
  /^\n([0-9A-F]{4})([0-9A-F]{4})"(\*?)([A-Z0-9-]{1,16})"(\d{4})(R[0-9A-F]{1,6})?(L[0-9A-F]{1,6})?#([0-9A-Z]{1,16})\[(.*)\r$/is;

function parse(bytes: Uint8Array): Message {
  const text = latin1(bytes);
  const match = form.exec(text);
  if (match === null) throw new Error(`not a DC-09 message: ${text.slice(1, 60)}`);
  const [
    ,
    crc = '',
    lengthField = '',
    star,
    id = '',
    sequence = '',
    receiver,
    line,
    account = '',
    rest = '',
  ] = match;
  const length = text.length - 2 - 8;
  return { crc, lengthField, length, encrypted: star === '*', id, sequence, receiver, line, account, rest };
}

// --- codes ----------------------------------------------------------------------------------------------------------------

const siaTable =
  'AR AC Restoral|AS Source Supervision|AT AC Trouble|BA Burglary Alarm|BB Burglary Bypass|BC Burglary Cancel|BH Burglary Alarm Restore|' +
  'BJ Burglary Trouble Restore|BR Burglary Restoral|BS Burglary Supervisory|BT Burglary Trouble|BU Burglary Unbypass|BV Burglary Verified|' +
  'BX Burglary Test|BZ Missing Supervision|CA Automatic Closing|CE Closing Extend|CF Forced Closing|CG Close Area|CI Fail to Close|' +
  'CJ Late Close|CK Early Close|CL Closing Report|CP Automatic Closing|CQ Remote Closing|CR Recent Closing|CS Closing Keyswitch|' +
  'CT Late to Open|CW Was Force Armed|CZ Point Closing|DC Access Closed|DD Access Denied|DF Door Forced|DG Access Granted|DK Access Lockout|' +
  'DO Access Open|DR Door Restoral|DS Door Station|DT Access Trouble|DU Dealer ID|EA Exit Alarm|EE Exit Error|ER Expansion Restoral|' +
  'ET Expansion Trouble|FA Fire Alarm|FB Fire Bypass|FC Fire Cancel|FH Fire Alarm Restore|FI Fire Test Begin|FJ Fire Trouble Restore|' +
  'FK Fire Test End|FR Fire Restoral|FS Fire Supervisory|FT Fire Trouble|FU Fire Unbypass|FX Fire Test|FY Missing Fire Trouble|GA Gas Alarm|' +
  'GB Gas Bypass|GH Gas Alarm Restore|GJ Gas Trouble Restore|GR Gas Restoral|GS Gas Supervisory|GT Gas Trouble|GU Gas Unbypass|GX Gas Test|' +
  'HA Holdup Alarm|HB Holdup Bypass|HH Holdup Alarm Restore|HJ Holdup Trouble Restore|HR Holdup Restoral|HS Holdup Supervisory|' +
  'HT Holdup Trouble|HU Holdup Unbypass|JA User Code Tamper|JC User code tamper canceled|JD Date Changed|JH Holiday Changed|JL Log Threshold|' +
  'JO Log Overflow|JP User On Premises|JR Schedule Executed|JS Schedule Changed|JT Time Changed|JV User Code Changed|JX User Code Deleted|' +
  'KA Heat Alarm|KB Heat Bypass|KH Heat Alarm Restore|KJ Heat Trouble Restore|KR Heat Restoral|KS Heat Supervisory|KT Heat Trouble|' +
  'KU Heat Unbypass|LB Local Program|LD Local Program Denied|LE Listen-in Ended|LF Listen-in Begin|LR Phone Line Restoral|LS Local Program Success|' +
  'LT Phone Line Trouble|LU Local Program Fail|LX Local Programming Ended|MA Medical Alarm|MB Medical Bypass|MH Medical Alarm Restore|' +
  'MJ Medical Trouble Restore|MR Medical Restoral|MS Medical Supervisory|MT Medical Trouble|MU Medical Unbypass|NA No Activity|NC Network Condition|' +
  'NF Forced Perimeter Arm|NL Perimeter Armed|NR Network Restoral|NS Activity Resumed|NT Network Failure|OA Automatic Opening|OC Cancel Report|' +
  'OG Open Area|OH Early to Open from Alarm|OI Fail to Open|OJ Late Open|OK Early Open|OL Late to Open from Alarm|OP Opening Report|' +
  'OQ Remote Opening|OR Disarm from Alarm|OS Opening Keyswitch|OT Late to Close|OU Output State Trouble|OV Output State Restore|OZ Point Opening|' +
  'PA Panic Alarm|PB Panic Bypass|PH Panic Alarm Restore|PJ Panic Trouble Restore|PR Panic Restoral|PS Panic Supervisory|PT Panic Trouble|' +
  'PU Panic Unbypass|QA Emergency Alarm|QB Emergency Bypass|QH Emergency Alarm Restore|QJ Emergency Trouble Restore|QR Emergency Restoral|' +
  'QS Emergency Supervisory|QT Emergency Trouble|QU Emergency Unbypass|RA Remote Programmer Call Failed|RB Remote Program Begin|RC Relay Close|' +
  'RD Remote Program Denied|RN Remote Reset|RO Relay Open|RP Automatic Test|RR Power Up|RS Remote Program Success|RT Data Lost|' +
  'RU Remote Program Fail|RX Manual Test|RY Test Off Normal|SA Sprinkler Alarm|SB Sprinkler Bypass|SH Sprinkler Alarm Restore|' +
  'SJ Sprinkler Trouble Restore|SR Sprinkler Restoral|SS Sprinkler Supervisory|ST Sprinkler Trouble|SU Sprinkler Unbypass|TA Tamper Alarm|' +
  'TB Tamper Bypass|TC All Points Tested|TE Test End|TH Tamper Alarm Restore|TJ Tamper Trouble Restore|TP Walk Test Point|TR Tamper Restoral|' +
  'TS Test Start|TT Tamper Trouble|TU Tamper Unbypass|TW Area Watch Start|TX Test Report|TZ Area Watch End|UA Untyped Zone Alarm|' +
  'UB Untyped Zone Bypass|UH Untyped Alarm Restore|UJ Untyped Trouble Restore|UR Untyped Zone Restoral|US Untyped Zone Supervisory|' +
  'UT Untyped Zone Trouble|UU Untyped Zone Unbypass|UX Undefined|UY Untyped Missing Trouble|UZ Untyped Missing Alarm|VI Printer Paper In|' +
  'VO Printer Paper Out|VR Printer Restore|VT Printer Trouble|VX Printer Test|VY Printer Online|VZ Printer Offline|WA Water Alarm|WB Water Bypass|' +
  'WH Water Alarm Restore|WJ Water Trouble Restore|WR Water Restoral|WS Water Supervisory|WT Water Trouble|WU Water Unbypass|XA Extra Account Report|' +
  'XE Extra Point|XF Extra RF Point|XH RF Interference Restoral|XI Sensor Reset|XJ RF Receiver Tamper Restoral|XL Low Received Signal Strength|' +
  'XM Missing Alarm|XQ RF Interference|XR Transmitter Battery Restoral|XS RF Receiver Tamper|XT Transmitter Battery Trouble|XW Forced Point|' +
  'XX Fail to Test|YA Bell Fault|YB Busy Seconds|YC Communications Fail|YD Receiver Line Card Trouble|YE Receiver Line Card Restored|' +
  'YF Parameter Checksum Fail|YG Parameter Changed|YH Bell Restored|YI Overcurrent Trouble|YJ Overcurrent Restore|YK Communications Restoral|' +
  'YM System Battery Missing|YN Invalid Report|YO Unknown Message|YP Power Supply Trouble|YQ Power Supply Restored|YR System Battery Restoral|' +
  'YS Communications Trouble|YT System Battery Trouble|YW Watchdog Reset|YX Service Required|YY Status Report|YZ Service Completed|ZA Freeze Alarm|' +
  'ZB Freeze Bypass|ZH Freeze Alarm Restore|ZJ Freeze Trouble Restore|ZR Freeze Restoral|ZS Freeze Supervisory|ZT Freeze Trouble|ZU Freeze Unbypass';

const contactIdTable =
  '100 Medical|101 Personal Emergency|102 Fail to Report In|110 Fire|111 Smoke|112 Combustion|113 Water Flow|114 Heat|115 Pull Station|116 Duct|' +
  '117 Flame|118 Near Alarm|120 Panic|121 Duress|122 Silent Panic|123 Audible Panic|124 Duress, Access Granted|125 Duress, Egress Granted|' +
  '130 Burglary|131 Perimeter|132 Interior|133 24 Hour|134 Entry/Exit|135 Day/Night|136 Outdoor|137 Tamper|138 Near Alarm|139 Intrusion Verified|' +
  '140 General Alarm|141 Polling Loop Open|142 Polling Loop Short|143 Expansion Module Failure|144 Sensor Tamper|145 Expansion Module Tamper|' +
  '146 Silent Burglary|147 Sensor Supervision Failure|150 24 Hour Non-Burglary|151 Gas Detected|152 Refrigeration|153 Loss of Heat|154 Water Leakage|' +
  '155 Foil Break|156 Day Trouble|157 Low Bottled Gas Level|158 High Temperature|159 Low Temperature|161 Loss of Air Flow|162 Carbon Monoxide|' +
  '163 Tank Level|200 Fire Supervisory|201 Low Water Pressure|300 System Trouble|301 AC Loss|302 Low System Battery|303 RAM Checksum Bad|' +
  '304 ROM Checksum Bad|305 System Reset|306 Panel Programming Changed|307 Self-Test Failure|308 System Shutdown|309 Battery Test Failure|' +
  '310 Ground Fault|311 Battery Missing or Dead|312 Power Supply Overcurrent|313 Engineer Reset|320 Sounder or Relay|321 Bell 1|330 System Peripheral|' +
  '333 Expansion Module Failure|337 Expansion Module DC Loss|338 Expansion Module Low Battery|341 Expansion Module Tamper|342 Expansion Module AC Loss|' +
  '344 RF Receiver Jam Detected|350 Communication|351 Telco 1 Fault|352 Telco 2 Fault|353 Radio Transmitter Fault|354 Failure to Communicate|' +
  '355 Loss of Radio Supervision|356 Loss of Central Polling|370 Protection Loop|371 Protection Loop Open|372 Protection Loop Short|373 Fire Trouble|' +
  '374 Exit Error|380 Sensor Trouble|381 Loss of Supervision, RF|382 Loss of Supervision, RPM|383 Sensor Tamper|384 RF Low Battery|' +
  '385 Smoke Detector High Sensitivity|386 Smoke Detector Low Sensitivity|389 Sensor Self-Test Failure|400 Open/Close|401 Open/Close by User|' +
  '402 Group Open/Close|403 Automatic Open/Close|404 Late to Open/Close|405 Deferred Open/Close|406 Cancel|407 Remote Arm/Disarm|408 Quick Arm|' +
  '409 Keyswitch Open/Close|411 Callback Requested|412 Download Success|421 Access Denied|422 Access Report by User|423 Forced Access|' +
  '441 Armed Stay|442 Keyswitch Armed Stay|454 Failed to Close|455 Failed to Arm|456 Partial Arm|459 Recent Close|461 Wrong Code Entry|' +
  '570 Zone Bypass|571 Fire Bypass|573 Burglary Bypass|574 Group Bypass|601 Manual Test|602 Periodic Test|603 Periodic RF Test|604 Fire Test|' +
  '605 Status Report to Follow|606 Listen-in to Follow|607 Walk Test|608 Periodic Test, Trouble Present|611 Point Tested OK|621 Event Log Reset|' +
  '622 Event Log 50% Full|623 Event Log 90% Full|624 Event Log Overflow|625 Time/Date Reset|626 Time/Date Inaccurate|627 Program Mode Entry|' +
  '628 Program Mode Exit|654 System Inactivity';

const names = (table: string): ReadonlyMap<string, string> =>
  new Map(
    table
      .split('|')
      .map((entry) => [entry.slice(0, entry.indexOf(' ')), entry.slice(entry.indexOf(' ') + 1)]),
  );
const siaNames = names(siaTable);
const contactIdNames = names(contactIdTable);

/** What the vocabulary has for codes, by their beginning. */
const siaAlarms: [RegExp, string][] = [
  [/^(PA|HA|MA|QA)/, 'sos'],
  [/^(AT|YP)/, 'powerCut'],
  [/^(YT|YM|XT)/, 'lowBattery'],
  [/^(TA|TT|XS|JA)/, 'tampering'],
  [/^XQ/, 'jamming'],
  [/^DF/, 'door'],
  [/^(FA|KA|SA)/, 'fire'],
  [/^(BA|BV|UA|EA)/, 'burglary'],
  [/^(GA|WA|ZA)/, 'general'],
  [/^(BT|FT|ET|UT|YC|YA|NT|LT)/, 'fault'],
];
const contactIdAlarms: [RegExp, string][] = [
  [/^1[02]/, 'sos'],
  [/^11/, 'fire'],
  [/^(137|144|145|341|383)/, 'tampering'],
  [/^13|146/, 'burglary'],
  [/^(301|342)/, 'powerCut'],
  [/^(302|311|338|384)/, 'lowBattery'],
  [/^344/, 'jamming'],
  [/^423/, 'door'],
  [/^1[45]|16/, 'general'],
  [/^3/, 'fault'],
];

function alarm(table: [RegExp, string][], code: string): Values {
  const found = table.find(([start]) => start.test(code));
  return found === undefined ? {} : { alarm: found[1] };
}

// --- content --------------------------------------------------------------------------------------------------------------

/** Nri1/id12/BA003: N new or O old, small letters for where and who, capital letters for what. */
function sia(data: string): Values {
  const events: Values[] = [];
  const values: Values = {};
  const kind = /^[NO](?=[a-z]{2}|[A-Z]{2})/.exec(data)?.[0];
  // A slash between two ^ belongs to a text.
  for (const part of data.slice(kind?.length ?? 0).match(/(?:\^[^^]*\^|[^/])+/g) ?? []) {
    const [, modifier = '', given = '', code, message = ''] =
      /^(?:([a-z]{2})(\d*))?(?:([A-Z]{2})(.*))?$/s.exec(part) ?? [];
    if (modifier === 'ri') values.ri = given;
    if (modifier === 'id') values.user = given;
    if (code !== undefined)
      events.push({ code, codeName: siaNames.get(code) ?? 'unknown', message: message.trim() });
  }
  const [first] = events;
  if (first === undefined) return values;
  const code = String(first.code);
  return {
    ...(kind && { new: kind === 'N' }),
    ...values,
    ...first,
    event: code,
    ...alarm(siaAlarms, code),
    ...(/^(CL|CA|CF|CG|CP|CQ|CS|NL|NF)$/.test(code) && { armed: true }),
    ...(/^(OP|OA|OG|OQ|OS|OR)$/.test(code) && { armed: false }),
    ...(events.length > 1 && { events }),
  };
}

const qualifiers: Record<string, string> = { 1: 'new', 3: 'restore', 6: 'status' };

/** 1130 01 005: qualifier, code, partition, zone or user. */
function contactId(data: string): Values {
  const match = /^([136])([0-9A-F]{3}) ([0-9A-F]{1,3}) ([0-9A-F]{1,4})/i.exec(data);
  if (match === null) throw new Error(`not a Contact ID event: ${data.slice(0, 40)}`);
  const [, digit = '', code = '', partition, zone] = match;
  return {
    qualifier: qualifiers[digit],
    code,
    event: code,
    codeName: contactIdNames.get(code) ?? 'unknown',
    partition,
    zone,
    ...(digit === '1' && alarm(contactIdAlarms, code)),
    // Of openings and closings the new event opens, the restore closes.
    ...(/^4(0\d|4\d)/.test(code) && code !== '406' && { armed: digit === '3', user: zone }),
  };
}

/** X and Y: degrees, hemisphere, minutes. */
function coordinate(text: string | undefined, most: number): number | undefined {
  const match = /^[XY](\d{1,3})([NSEW])(\d{1,2}(?:\.\d+)?)$/.exec(text ?? '');
  if (match === null) return undefined;
  const value = Number(match[1]) + Number(match[3]) / 60;
  if (Number(match[3]) >= 60 || value > most) throw new Error(`not a coordinate: ${text}`);
  return /[SW]/.test(match[2] as string) ? -value : value;
}

function further(extended: readonly string[]): Values {
  const of = (letter: string): string | undefined => extended.find((text) => text[0] === letter);
  const [latitude, longitude] = [coordinate(of('Y'), 90), coordinate(of('X'), 180)];
  return {
    ...(extended.length > 0 && { extended }),
    ...(latitude !== undefined && longitude !== undefined && { latitude, longitude }),
    ...(of('M') && { mac: of('M')?.slice(1) }),
    ...(of('V') && { url: of('V')?.slice(1) }),
  };
}

function moment(text: string | undefined): Date | undefined {
  if (text === undefined || text === '') return undefined;
  const match = /^(\d\d):(\d\d):(\d\d),(\d\d)-(\d\d)-(\d{3,4})$/.exec(text);
  if (match === null) throw new Error(`not a time: ${text.slice(0, 40)}`);
  const [hour, minute, second, month, day, year] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // Some panels cut the year off.
  return year < 1_000 ? undefined : dateUTC(year, month, day, hour, minute, second);
}

/** data ] [further].. _time; the data may name the account again. */
function content(id: string, rest: string): { values: Values; time?: Date } {
  const match = /^([^\]]*)\]((?:\[[^\]]*\])*)(?:_(.*))?$/s.exec(rest);
  if (match === null) throw new Error('a bracket is missing');
  const [, whole = '', brackets = '', timestamp] = match;
  const data = whole.replace(/^(#[0-9A-Z]+)?\|/i, '');
  const extended = [...brackets.matchAll(/\[([^\]]*)\]/g)].map(([, text]) => text as string);
  const time = moment(timestamp);
  const read = data === '' ? {} : id === 'SIA-DCS' ? sia(data) : id === 'ADM-CID' ? contactId(data) : {};
  const values = { ...(data && { data }), ...read, ...further(extended), ...(timestamp && { timestamp }) };
  return { values, ...(time && { time }) };
}

// --- encryption -----------------------------------------------------------------------------------------------------------

const iv = new Uint8Array(16);

/** A key of 16, 24 or 32 characters, or of twice as many hex digits. */
function keys(secret: string): Uint8Array[] {
  const found = [utf8Bytes(secret), /^([0-9a-f]{2})+$/i.test(secret) ? fromHex(secret) : undefined];
  const fitting = found.filter((key) => key !== undefined && [16, 24, 32].includes(key.length));
  if (fitting.length === 0) throw new Error('the secret is not an AES key: 16, 24 or 32 characters, or hex');
  return fitting as Uint8Array[];
}

/** What is behind the padding, with the key that fits. */
function decrypted(rest: string, secret: string): { rest: string; key: Uint8Array } {
  const digits = rest.replace(/\]$/, '');
  if (!/^([0-9a-f]{32})+$/i.test(digits)) throw new Error('the encrypted content is not whole blocks');
  for (const key of keys(secret)) {
    const text = latin1(decrypt('aes-cbc', key, fromHex(digits), { iv, padding: false }));
    const bar = text.indexOf('|');
    if (bar >= 0 && /^[^[\]]*$/.test(text.slice(0, bar)) && /\]/.test(text.slice(bar)))
      return { rest: text.slice(bar + 1), key };
  }
  throw new Error('the secret does not decrypt the message');
}

// --- answers --------------------------------------------------------------------------------------------------------------

function framed(text: string): Uint8Array {
  const sum = crc16arc(utf8Bytes(text)).toString(16).toUpperCase().padStart(4, '0');
  return concat('\n', sum, text.length.toString(16).toUpperCase().padStart(4, '0'), text, '\r');
}

/** HH:MM:SS,MM-DD-YYYY in UTC. */
function stamp(time: number): string {
  const [date = '', clock = ''] = new Date(time).toISOString().split('T');
  return `_${clock.slice(0, 8)},${date.slice(5)}-${date.slice(0, 4)}`;
}

function answer(
  kind: 'ACK' | 'DUH',
  { sequence, receiver = '', line = '', account }: Message,
  key?: Uint8Array,
  time = 0,
): Uint8Array {
  const head = `${sequence}${receiver}${line}#${account}[`;
  if (key === undefined) return framed(`"${kind}"${head}]`);
  const end = `|]${stamp(time)}`;
  // The padding is any text without bars and brackets.
  const padding = hex(sha256(utf8Bytes(`${time} ${sequence}`))).slice(0, 16 - (end.length % 16));
  const hidden = hex(encrypt('aes-cbc', key, utf8Bytes(padding + end), { iv, padding: false }));
  return framed(`"*${kind}"${head}${hidden.toUpperCase()}`);
}

/** The panel sets its clock by this answer and sends again. */
const wrongTime = (time: number): Uint8Array => framed(`"NAK"0000R0L0A0[]${stamp(time)}`);

export function identify(bytes: Uint8Array) {
  return { id: parse(bytes).account };
}

export function uplink(bytes: Uint8Array, ctx: Context) {
  const message = parse(bytes);
  const { crc, lengthField, encrypted, id, sequence, receiver, line, account } = message;
  const head = {
    deviceId: account,
    crc,
    lengthField,
    lengthConsistent: Number.parseInt(lengthField, 16) === message.length,
    encrypted,
    id,
    sequence,
    ...(receiver && { receiver }),
    ...(line && { line }),
    account,
  };
  if (encrypted && !ctx.secret) return { values: head, reply: answer('DUH', message) };
  const { rest, key } = encrypted
    ? decrypted(message.rest, ctx.secret as string)
    : { rest: message.rest, key: undefined };
  const { values, time } = content(id, rest);
  const band = Number(ctx.parameters.timeBand ?? 0) * 1_000;
  if (band > 0 && time !== undefined && Math.abs(time.getTime() - ctx.time) > band)
    return { reply: wrongTime(ctx.time) };
  const reply = answer('ACK', message, key, ctx.time);
  return { values: { ...head, ...values }, ...(time && { time }), reply };
}
