import { Readable } from 'node:stream';
import { definitionSchema, type ImportResult, NDJSON_TYPE, operations } from '@fairlead/api';
import { type FairleadError, isFairleadError, optionError } from '@fairlead/core';
import type { Device, DeviceDefinition, ImportItem } from '@fairlead/store';
import { serverErrors } from '../../catalogue.ts';
import { serverLimits } from '../../limits.ts';
import type { Api, ApiContext } from '../context.ts';
import { checkedDefinition } from '../devices/checked-definition.ts';
import { checkDepth } from '../json-body.ts';
import { routeOf } from '../route.ts';
import { boundedLines } from './lines.ts';
import { isSameDevice } from './same-device.ts';

/** Register it in a separate scope, so that only this route accepts a stream. */
export function importRoutes(api: Api, context: ApiContext): void {
  const limit = serverLimits.values.imports;
  let running = 0;
  api.addContentTypeParser(NDJSON_TYPE, (_request, payload, done) => done(null, payload));
  api.route({
    ...routeOf(operations.devices.import),
    handler: (request, reply) => {
      const body = request.body;
      if (!(body instanceof Readable))
        throw serverErrors.error('MEDIA_TYPE_UNSUPPORTED', {
          type: request.headers['content-type'] ?? 'none',
        });
      if (running >= limit) throw serverErrors.error('TOO_MANY_IMPORTS', { limit });
      const counts = { imported: 0, refused: 0 };
      request.outcome = counts;
      // Answers are buffered while the client may still be sending: otherwise both sides could wait for each other.
      const answers = Readable.from(results(body, context, request.query.existing, counts), {
        objectMode: false,
        highWaterMark: serverLimits.values.importAnswers,
      });
      running++;
      answers.once('close', () => running--);
      return reply.type(NDJSON_TYPE).send(answers);
    },
  });
}

/**
 * @param existing how to treat a line whose device exists already
 * @param counts of lines, for the audit log
 */
async function* results(
  body: Readable,
  context: ApiContext,
  existing: 'refuse' | 'keep' | 'rotate',
  counts: { imported: number; refused: number },
): AsyncGenerator<string> {
  const { store, gateway, scripts } = context;
  /** Lines without an answer yet, with their definitions if those may be needed. */
  const open: { readonly line: number; readonly item?: ImportItem }[] = [];
  /** Devices of this import, if it may be repeated. */
  const done = new Set<string>();
  let last = 0;
  async function* items(): AsyncGenerator<ImportItem> {
    for await (const text of boundedLines(body, serverLimits.values.body)) {
      last++;
      if (text !== undefined && text.trim() === '') continue;
      const item = await itemOf(text);
      open.push(existing === 'refuse' ? { line: last } : { line: last, item });
      yield item;
    }
  }
  async function itemOf(text: string | undefined): Promise<ImportItem> {
    try {
      return (await checkedDefinition(definitionOf(text), scripts)) as ImportItem;
    } catch (error) {
      if (isFairleadError(error)) return error;
      throw error;
    }
  }
  const parents = new Set<string>();
  try {
    for await (const result of store.devices.importMany(items())) {
      const { line, item } = open.shift() ?? { line: result.line };
      if (result.error !== undefined) {
        const known = isFairleadError(result.error, 'DEVICE_EXISTS') ? found(item, context) : undefined;
        // Two equal lines in one file are a mistake, not a repeated import.
        if (known === undefined || done.has(known.name)) {
          counts.refused++;
          yield refusal(line, result.error, result.name);
        } else {
          done.add(known.name);
          const given = (item as DeviceDefinition).token !== undefined;
          yield again(line, known, existing === 'rotate' && !given, context);
        }
        continue;
      }
      counts.imported++;
      if (existing !== 'refuse') done.add(result.name);
      const { parent, identity, endpoint } = result.device;
      if (parent !== undefined) parents.add(parent);
      // It may wait in the inbox, or is to be dialled.
      if ((parent ?? identity ?? endpoint) !== undefined) gateway.registered(result.name);
      yield textOf({ line, name: result.name, token: result.token });
    }
  } catch (error) {
    // The status has been sent: the last line reports that the rest was not imported.
    if (!isFairleadError(error)) throw error;
    yield refusal(open.shift()?.line ?? last, error);
  } finally {
    for (const parent of parents) gateway.subDevicesChanged(parent);
  }
}

/** The existing device with the name of a line, if it equals the line. */
function found(item: ImportItem | undefined, { store }: ApiContext): Device | undefined {
  if (item === undefined || isFairleadError(item)) return undefined;
  const device = store.devices.get(item.name);
  return device !== undefined && isSameDevice(device, item, store) ? device : undefined;
}

/** The answer to a line whose device is there already. One that was imported with a token keeps it. */
function again(line: number, device: Device, rotate: boolean, { store, gateway }: ApiContext): string {
  const { name, parent } = device;
  if (!rotate || parent !== undefined) return textOf({ line, name, existing: true });
  const token = store.devices.rotateToken(name);
  gateway.forget(name);
  return textOf({ line, name, token, existing: true });
}

function refusal(line: number, { code, message }: FairleadError, name?: string): string {
  return textOf({ line, name, code, message });
}

const textOf = (result: ImportResult): string => `${JSON.stringify(result)}\n`;

function definitionOf(text: string | undefined) {
  if (text === undefined) throw serverErrors.error('BODY_TOO_LARGE', { limit: serverLimits.values.body });
  checkDepth(text, 'line');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw serverErrors.error('REQUEST_INVALID', { where: 'line', reason: 'it is not valid JSON' });
  }
  const result = definitionSchema.safeParse(value);
  if (result.success) return result.data;
  throw optionError(definitionSchema, value, result.error, 'the definition');
}
