/** The OpenAPI document, and the page that shows it. */
import { STATUS_CODES } from 'node:http';
import { operations } from '@fairlead/api';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { Api } from './context.ts';

export const DOCS = '/api/docs';

export async function describeApi(api: Api, version: string): Promise<void> {
  await api.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Fairlead',
        version,
        description:
          'Devices, links and messages. Times are RFC 3339 in UTC with milliseconds; errors are application/problem+json with a code of the catalogue.',
      },
      servers: [{ url: '/', description: 'The service that sent this document' }],
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer' },
          session: { type: 'apiKey', in: 'cookie', name: 'fairlead-7650' },
        },
      },
      security: [{ token: [] }],
      tags: [
        { name: 'devices', description: 'Devices that may connect, and their messages' },
        {
          name: 'downlinks',
          description: 'What is sent to devices, and the ledger of what is kept for them',
        },
        { name: 'profiles', description: 'How kinds of devices are framed, known and decoded' },
        { name: 'inbox', description: 'Devices that connected and are not registered' },
        { name: 'links', description: 'Links of devices, open and closed' },
        { name: 'captures', description: 'What happened on the links of a device, in files' },
        { name: 'automation', description: 'Connections, tasks, triggers, jobs, and their runs' },
        {
          name: 'drivers',
          description: 'Devices that the service connects to: drivers and their properties',
        },
        { name: 'stream', description: 'Messages as they come' },
        { name: 'access', description: 'Who may use the API' },
        { name: 'service', description: 'The service itself' },
      ],
    },
    transform: (document) =>
      document.url.startsWith(DOCS)
        ? { schema: { ...document.schema, hide: true }, url: document.url }
        : jsonSchemaTransform(document),
    transformObject: (document) => tidied(jsonSchemaTransformObject(document) as Document),
  });
  await api.register(swaggerUi, {
    routePrefix: DOCS,
    uiConfig: { validatorUrl: null, docExpansion: 'list', displayRequestDuration: true } as object,
    staticCSP:
      "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    theme: { title: 'Fairlead API' },
    logo: undefined as never,
  });
}

interface Route {
  requestBody?: object;
  readonly responses: Record<string, { description: string }>;
}

/** The parts of a document that this file changes. */
interface Document {
  readonly paths?: Record<string, Record<string, Route>>;
  readonly components?: { readonly schemas?: Record<string, object> };
}

const REFERENCE = /"#\/components\/schemas\/([^"]+)"/g;
const INPUT = /Input$/;

/**
 * Every schema comes twice, as `X` for answers and as `XInput` for requests. Keeps those that are used; a schema that
 * only requests use has its plain name. Adds the body of the import, which is a stream and has no schema in its route.
 */
function tidied(document: Document): object {
  const { paths = {}, components } = document;
  const { path, consumes } = operations.devices.import;
  const route = paths[path]?.post;
  if (route !== undefined)
    route.requestBody = {
      required: true,
      description: 'One NewDevice as JSON a line.',
      content: { [consumes]: { schema: { type: 'string' } } },
    };
  for (const { responses } of Object.values(paths).flatMap((methods) => Object.values(methods)))
    for (const [status, response] of Object.entries(responses))
      if (response.description === 'Default Response') response.description = STATUS_CODES[status] ?? '';
  const all = components?.schemas ?? {};
  const used = new Set<string>();
  const visit = (value: object): void => {
    for (const [, name = ''] of JSON.stringify(value).matchAll(REFERENCE)) {
      if (used.has(name)) continue;
      used.add(name);
      visit(all[name] ?? {});
    }
  };
  visit(paths);
  const schemas = Object.fromEntries(
    Object.entries(all)
      .filter(([name]) => used.has(name))
      .sort(([a], [b]) => a.localeCompare(b)),
  );
  const text = JSON.stringify({ ...document, components: { ...components, schemas } });
  const plain = (name: string) => (used.has(name.replace(INPUT, '')) ? name : name.replace(INPUT, ''));
  const renamed = text.replace(REFERENCE, (_, name: string) => `"#/components/schemas/${plain(name)}"`);
  const result = JSON.parse(renamed) as { components: { schemas: Record<string, object> } };
  result.components.schemas = Object.fromEntries(
    Object.entries(result.components.schemas).map(([name, schema]) => [plain(name), schema]),
  );
  return result;
}
