import { parseEndpoint } from '@fairlead/core';
import { tpCommand } from '@fairlead/tcp';
import type { Paint } from '../output/paint.ts';
import { DEMO_DEVICES, type HandTokens } from './devices.ts';
import type { DemoAddresses } from './ports.ts';

interface GuideFacts {
  readonly version: string;
  readonly addresses: Partial<DemoAddresses> & Pick<DemoAddresses, 'http'>;
  /** The temporary data folder with the administrator's token. */
  readonly data: string;
  readonly hand: HandTokens;
  /** What follows the address of the service in a link that signs in once. */
  readonly signInPath?: string | undefined;
}

/** The text of the demo before the first reading. Each command under "Try" can be copied unchanged. */
export function guide({ version, addresses, data, hand, signInPath }: GuideFacts, paint: Paint): string {
  const { http, mqtt, official, custom } = addresses;
  const url = `http://${http}`;
  const fairlead = `${url === 'http://127.0.0.1:7650' ? '' : `FAIRLEAD_URL=${url} `}FAIRLEAD_DATA=${data} npx fairlead`;
  const tries: (readonly [string, string | undefined])[] = [
    ['send a reading of hand-1 with the official protocol', officialLine(official, hand.official)],
    [
      'send a reading of hand-2 with the custom protocol: its token, then data',
      customLine(custom, hand.custom),
    ],
    [
      'set an attribute: sensor-1 then sends every second',
      `${fairlead} device send sensor-1 '{"interval":1}' --wait 5s`,
    ],
    [
      'send a command to gateway-1',
      `${fairlead} device send gateway-1 '{"method":"identify"}' --command --wait 5s`,
    ],
    ['list the devices and their status', `${fairlead} device ls`],
    ['print all messages as JSON lines', `${fairlead} sub`],
    ['read the same messages from the MQTT broker', mqtt === undefined ? undefined : mosquittoLine(mqtt)],
  ];
  const rows = (pairs: readonly (readonly [string, string | undefined])[]): string[] => {
    const width = Math.max(...pairs.map(([name]) => name.length));
    return pairs
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
  };
  return [
    `${paint.bold(`Fairlead ${version}, demo.`)} All data is deleted at the end. Ctrl-C ends the demo.`,
    '',
    paint.bold('Listening'),
    ...rows([
      ['devices, official protocol', official],
      ['devices, custom protocol', custom],
      ['MQTT', mqtt],
      ['HTTP API', `${url}/api/docs`],
      ['its password', `${data}/admin-token`],
      ['sign in, once', signInPath && `${url}${signInPath}`],
    ]),
    '',
    paint.bold('Devices'),
    ...rows(DEMO_DEVICES),
    '',
    `${paint.bold('Try')} in a second terminal, in this folder`,
    ...tries
      .filter(([, line]) => line !== undefined)
      .flatMap(([does, line]) => [paint.dim(`  # ${does}`), `  ${paint.cyan(line as string)}`]),
    '',
    paint.bold('Incoming readings'),
    '',
  ].join('\n');
}

/** `printf` writes the bytes. `nc` sends them and ends one second after the last byte. */
function officialLine(address: string | undefined, token: string): string | undefined {
  if (address === undefined) return undefined;
  const packets = [packet(tpCommand.auth, token), packet(tpCommand.attributes, '{"temperature":21.5}')];
  return `printf '${packets.join('')}' | nc -w1 ${hostAndPort(address)}`;
}

function customLine(address: string | undefined, token: string): string | undefined {
  if (address === undefined) return undefined;
  return `printf '${token}\\n{"temperature":19.5}\\n' | nc -w1 ${hostAndPort(address)}`;
}

function mosquittoLine(address: string): string {
  const [host, port] = hostAndPort(address).split(' ');
  return `mosquitto_sub -h ${host} -p ${port} -t 'devices/#' -v`;
}

/** An official packet as an argument of printf: 'TP', type, command, length in four bytes, payload (ASCII, no `%`, no `'`). */
function packet(command: number, payload: string): string {
  const header = Buffer.alloc(6);
  header.writeUInt8(command, 1);
  header.writeUInt32BE(payload.length, 2);
  const octal = [...header].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`);
  return `TP${octal.join('')}${payload}`;
}

function hostAndPort(address: string): string {
  const at = parseEndpoint(address);
  return at.protocol === 'unix' ? at.path : `${at.host} ${at.port}`;
}
