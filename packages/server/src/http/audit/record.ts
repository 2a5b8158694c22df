/** The audit log: every request that changes something, whoever sent it and whatever became of it. */
import { Readable } from 'node:stream';
import type { Log } from '@fairlead/gateway';
import type { Store } from '@fairlead/store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Changes } from '../../live/changes.ts';
import type { Api } from '../context.ts';
import { type Change, changesText, differences, kept } from './changes.ts';
import type { snapshots } from './snapshots.ts';
import { auditEntryView } from './views.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Id of the operation. */
    operation?: string;
    /** Keys of the body that the audit log keeps. */
    recorded?: readonly string[];
  }
  interface FastifyRequest {
    /** What the thing was that the request changes. */
    before: Readonly<Record<string, unknown>> | undefined;
    /** Code of the refusal. */
    refusal: string | undefined;
    /** What a handler adds to the entry of the audit log. */
    outcome: Readonly<Record<string, unknown>> | undefined;
  }
}

interface RecordParts {
  readonly store: Store;
  readonly snapshots: ReturnType<typeof snapshots>;
  readonly changes: Changes;
  readonly log: Log;
}

/** Longest name in an entry. */
const NAME = 256;

export function recordChanges(api: Api, { store, snapshots, changes: told, log }: RecordParts): void {
  for (const name of ['before', 'refusal', 'outcome'] as const) api.decorateRequest(name, undefined);

  api.addHook('preHandler', async (request) => {
    request.before = snapshotOf(request);
  });

  // Before the answer leaves: who has seen it can rely on the entry.
  api.addHook('onSend', async (request, reply, payload) => {
    if (!isRecorded(request)) return;
    if (payload instanceof Readable) payload.once('close', () => record(request, reply));
    else record(request, reply);
  });

  function record(request: FastifyRequest, reply: FastifyReply): void {
    const { statusCode: status } = reply;
    const { principal, routeOptions, refusal: code } = request;
    const { operation = '', scope } = routeOptions.config;
    const changes = changesOf(request, status < 400);
    const mayAll = scope === 'admin' && principal?.scopes.includes('admin') === true;
    try {
      const added = store.audit.add({
        class: principal === undefined ? 'stranger' : mayAll ? 'administrator' : 'known',
        kind: principal?.kind ?? 'stranger',
        who: principal?.name ?? '',
        via: viaOf(request),
        remote: request.ip,
        action: operation,
        target: targetOf(request),
        status,
        code,
        changes: changes && changesText(changes),
      });
      told.recorded(auditEntryView(added), revisionIn(reply));
    } catch (error) {
      // The answer is ready, and what was done is done. A disk that is full also stops what changes the database.
      log.error({ err: error, action: operation }, 'An entry of the audit log could not be written');
    }
  }

  function snapshotOf(request: FastifyRequest): Readonly<Record<string, unknown>> | undefined {
    const snapshot = snapshots.get(request.routeOptions.config.operation ?? '');
    const name = nameOf(request);
    if (snapshot === undefined || name === undefined) return undefined;
    try {
      return snapshot(name);
    } catch {
      return undefined; // there is none
    }
  }

  function changesOf(request: FastifyRequest, done: boolean): Record<string, Change> | undefined {
    const changes: Record<string, Change> = {};
    for (const key of request.routeOptions.config.recorded ?? []) {
      const value: unknown = Reflect.get(Object(request.body), key);
      if (value !== undefined) changes[key] = { after: kept(key, value) };
    }
    for (const [key, value] of Object.entries(request.outcome ?? {})) changes[key] = { after: value };
    if (done) Object.assign(changes, differences(request.before, snapshotOf(request)));
    return Object.keys(changes).length === 0 ? undefined : changes;
  }
}

/**
 * What changes something, by somebody who is known; and failed attempts to sign in, by anybody. What is refused before the proof is
 * looked at has no entry: a flood of it must cost nothing.
 */
function isRecorded({ method, principal, routeOptions, refusal }: FastifyRequest): boolean {
  const { operation, scope } = routeOptions.config;
  // What a reader may do changes nothing, whatever its method.
  if (operation === undefined || method === 'GET' || method === 'HEAD' || scope === 'read') return false;
  return principal !== undefined || refusal === 'SIGN_IN_REFUSED';
}

function viaOf({ principal, headers }: FastifyRequest): 'page' | 'command line' | 'program' {
  if (principal?.session !== undefined) return 'page';
  return headers['user-agent'] === 'fairlead-cli' ? 'command line' : 'program';
}

/** The parameters of the path, or the name in the body of what is added. */
function targetOf(request: FastifyRequest): string {
  const params = Object.values(Object(request.params) as Record<string, unknown>);
  const text = params.length > 0 ? params.join('/') : (nameOf(request) ?? '');
  return text.slice(0, NAME);
}

/** The name of the thing: where the body adds one under another path, such as an entry of the inbox, the one in the body. */
function nameOf({ params, body }: FastifyRequest): string | undefined {
  for (const place of [params, body]) {
    const name: unknown = Reflect.get(Object(place), 'name');
    if (typeof name === 'string') return name;
  }
  return undefined;
}

/** The revision of what was changed, which the answer has as its ETag. */
function revisionIn(reply: FastifyReply): string | undefined {
  return /^"(.*)"$/.exec(String(reply.getHeader('etag') ?? ''))?.[1];
}
