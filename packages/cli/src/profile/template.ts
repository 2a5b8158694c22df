/** The files of a new profile: a small protocol whose examples pass, to be changed step by step. */
import type { ProfileFiles } from '@fairlead/profiles';

const FRAMING = `{
  "rules": [
    {
      "name": "reading", "match": { "bytes": "aa55" }, "kind": "length", "strip": 0,
      "offset": 2, "size": 1, "adjust": 1, "max": 64,
      "checksum": { "kind": "sum8", "from": 0, "to": -1, "at": -1 }
    }
  ],
  "resync": {}
}
`;

const SCRIPT = `// What the bytes mean: AA 55, length, type, device number (4 bytes BCD), data, sum of all bytes before it.
import { bcd, concat, i16, sum8, u16 } from 'fairlead:helpers';

const READING = 0x01;

/** Which device it is: the first frame says it. */
export function identify(bytes: Uint8Array): { id: string } {
  return { id: bcd(bytes, 4, 4) };
}

export function uplink(bytes: Uint8Array) {
  if (bytes[3] !== READING) return undefined;
  return {
    values: { deviceId: bcd(bytes, 4, 4), temperature: i16(bytes, 8) / 10, batteryVoltage: u16(bytes, 10) / 1000 },
    reply: frame(0x81, bytes.subarray(4, 8)),
  };
}

/** {"method": "interval", "params": {"seconds": 60}} */
export function downlink({ values }: { values: { method: string; params: { seconds: number } } }): Uint8Array {
  if (values.method !== 'interval') throw new Error('the device knows one command: interval');
  return frame(0x02, Uint8Array.of(values.params.seconds));
}

function frame(type: number, data: Uint8Array): Uint8Array {
  const head = concat(0xaa, 0x55, data.length + 1, type, data);
  return concat(head, sum8(head));
}
`;

const EXAMPLES = [
  {
    name: 'a reading, which is answered',
    hex: 'aa55090100004711 00fa 0ed8 41',
    identity: '00004711',
    values: { deviceId: '00004711', temperature: 25, batteryVoltage: 3.8 },
    reply: 'aa55058100004711dd',
  },
  {
    name: 'a reading with a wrong checksum',
    hex: 'aa55090100004711 00fa 0ed8 00',
    error: 'FRAME_CHECKSUM_MISMATCH',
  },
  {
    name: 'the interval is set',
    downlink: { kind: 'command', values: { method: 'interval', params: { seconds: 60 } } },
    bytes: 'aa5502023c3f',
  },
];

export function profileTemplate(name: string): ProfileFiles {
  return {
    'profile.yaml': `name: ${name}
title: What kind of device this is
source:
  - "The document that describes the protocol, with its version"
version: 0.1.0
framing: framing.json
identity: { by: script }
heartbeat: 5m
commands:
  interval: { about: "Seconds between two readings", example: { method: interval, params: { seconds: 60 } } }
`,
    'framing.json': FRAMING,
    'script.ts': SCRIPT,
    'examples.json': `${JSON.stringify(EXAMPLES, null, 2)}\n`,
  };
}
