import { Readable } from 'node:stream';
import type { ImportItem } from '@fairlead/store';
import { type FairleadError, isFairleadError, optionError } from '@fairlead/tcp';
import { serverErrors } from '../../catalogue.ts';
import { serverLimits } from '../../limits.ts';
import type { Api, ApiContext } from '../context.ts';
import { tried } from '../definition.ts';
import { checkDepth } from '../json-body.ts';
import { boundedLines } from '../lines.ts';
import { problems, streamed } from '../problem.ts';
import { definitionSchema, importResultSchema } from '../schemas.ts';

const TYPE = 'application/x-ndjson';

/** In a scope of its own, so that only this route takes a stream. */
export function importRoutes(api: Api, context: ApiContext): void {
  const limit = serverLimits.values.imports;
  let running = 0;
  api.addContentTypeParser(TYPE, (_request, payload, done) => done(null, payload));
  api.route({
    method: 'POST',
    url: '/devices/import',
    schema: {
      tags: ['devices'],
      summary: 'Add many devices, one definition a line',
      description:
        'The body is NDJSON and may be of any length; so is the answer: a line for each line, as they are stored. A line that is refused leaves the others as they are.',
      consumes: [TYPE],
      response: {
        ...streamed(TYPE, importResultSchema, 'A result a line.'),
        ...problems(415, 503),
      },
    },
    handler: (request, reply) => {
      const body = request.body;
      if (!(body instanceof Readable))
        throw serverErrors.error('MEDIA_TYPE_UNSUPPORTED', {
          type: request.headers['content-type'] ?? 'none',
        });
      if (running >= limit) throw serverErrors.error('TOO_MANY_IMPORTS', { limit });
      // Answers are taken in although the reader may still be busy sending: else both sides could wait for each other.
      const answers = Readable.from(results(body, context), {
        objectMode: false,
        highWaterMark: serverLimits.values.importAnswers,
      });
      running++;
      answers.once('close', () => running--);
      return reply.type(TYPE).send(answers);
    },
  });
}

async function* results(body: Readable, { store, gateway, scripts }: ApiContext): AsyncGenerator<string> {
  const numbers: number[] = [];
  let last = 0;
  async function* items(): AsyncGenerator<ImportItem> {
    for await (const text of boundedLines(body, serverLimits.values.body)) {
      last++;
      if (text !== undefined && text.trim() === '') continue;
      numbers.push(last);
      yield await itemOf(text);
    }
  }
  async function itemOf(text: string | undefined): Promise<ImportItem> {
    try {
      return (await tried(definitionOf(text), scripts)) as ImportItem;
    } catch (error) {
      if (isFairleadError(error)) return error;
      throw error;
    }
  }
  const parents = new Set<string>();
  try {
    for await (const result of store.devices.importMany(items())) {
      const line = numbers.shift() ?? result.line;
      if (result.error !== undefined) {
        yield refusal(line, result.error, result.name);
        continue;
      }
      const { parent } = result.device;
      if (parent !== undefined) parents.add(parent);
      yield `${JSON.stringify({ line, name: result.name, token: result.token })}\n`;
    }
  } catch (error) {
    // The status has been sent: the last line says that the rest was not taken.
    if (!isFairleadError(error)) throw error;
    yield refusal(numbers.shift() ?? last, error);
  } finally {
    for (const parent of parents) gateway.subDevicesChanged(parent);
  }
}

function refusal(line: number, { code, message }: FairleadError, name?: string): string {
  return `${JSON.stringify({ line, name, code, message })}\n`;
}

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
