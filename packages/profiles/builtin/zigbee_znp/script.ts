/**
 * The Monitor and Test API of TI's Z-Stack; integers are little-endian.
 *
 *     fe  LENGTH of content  KIND and SUBSYSTEM  COMMAND  content  XOR          kind: 20 question, 40 message, 60 answer
 *
 * Messages of devices come in AF_INCOMING_MSG, with a frame of the Zigbee Cluster Library (ZCL). Sources: SWRA198 (Z-Stack
 * Monitor and Test API) and the ZCL specification, revision 8.
 */
import { hex } from 'fairlead:helpers';
import { type Context, commands, frame } from './commands.ts';
import { kinds, layouts, subsystems, type Values } from './layouts.ts';
import { meaning } from './messages.ts';

export function uplink(bytes: Uint8Array, ctx: Context) {
  const head = bytes[2] as number;
  const command = hex(bytes.subarray(2, 4));
  const content = bytes.subarray(4, -1);
  const commandName = layouts[command]?.[0];
  const values: Values = {
    command,
    ...(commandName && { commandName }),
    kind: kinds[head >> 5] ?? 'unknown',
    subsystem: subsystems[head & 0x1f] ?? String(head & 0x1f),
    ...meaning(command, content),
  };
  const from = values.source ?? values.nwk;
  const device = typeof from === 'number' && from !== 0 && ctx.type === 'gateway';
  return { values, ...(device && { device: from.toString(16).padStart(4, '0') }) };
}

/** Ping, version and state at first, then a ping each time. */
export function poll({ state }: Context) {
  const ask = (name: string, answer: string) => ({
    send: frame(name),
    expect: [{ at: 2, bytes: answer }],
    data: name,
  });
  const ping = ask('2101', '6101');
  if (state.known) return [ping];
  state.known = true;
  return [ping, ask('2102', '6102'), ask('2700', '6700')];
}

export function downlink(
  { values }: { values: { method?: unknown; params?: Values } },
  ctx: Context,
): Uint8Array {
  const command = commands[String(values.method)];
  if (command === undefined) throw new Error(`no such command: ${values.method}`);
  return command(values.params ?? {}, ctx);
}
