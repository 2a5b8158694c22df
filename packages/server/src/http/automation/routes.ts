import {
  addedDefinition,
  definitionView,
  fieldsSchema,
  jobView,
  namedParams,
  outputView,
  runDetail,
  runParams,
  runsQuery,
  runView,
  secretsQuery,
  startBody,
  startedView,
  startHeaders,
  testBody,
  testView,
  triggerView,
  unsavedTaskBody,
  waitQuery,
} from '@fairlead/api';
import { type Automation, DEPTH_HEADER, type DefinitionKind, type Named } from '@fairlead/automation';
import { z } from 'zod';
import { serverErrors } from '../../catalogue.ts';
import { serverLimits } from '../../limits.ts';
import { type Api, type ApiContext, iso, isoMaybe } from '../context.ts';
import { problems } from '../problem.ts';
import { detailView } from './run-detail.ts';

const tags = ['automation'];
const KINDS: readonly DefinitionKind[] = ['connection', 'task', 'trigger', 'job'];

export function automationRoutes(api: Api, { automation }: ApiContext): void {
  for (const kind of KINDS) definitionRoutes(api, automation, kind);
  testRoutes(api, automation);
  taskRoutes(api, automation);
  triggerRoutes(api, automation);
  runRoutes(api, automation);
}

type Run = NonNullable<ReturnType<Automation['run']>>;
const view = ({ startedAt, endedAt, detail: _detail, ...run }: Run) => ({
  ...run,
  startedAt: iso(startedAt),
  endedAt: isoMaybe(endedAt),
});

const viewOf = ({ name, changedAt, definition }: Named<DefinitionKind>) => ({
  name,
  ...definition,
  changedAt: iso(changedAt),
});

function definitionRoutes(api: Api, automation: Automation, kind: DefinitionKind): void {
  const url = `/${kind}s`;
  api.route({
    method: 'GET',
    url,
    schema: {
      tags,
      summary: `List ${kind}s`,
      querystring: secretsQuery,
      response: { 200: z.array(definitionView), ...problems(400, 503) },
    },
    handler: ({ query }) => automation.list(kind, query.secrets).map(viewOf),
  });

  api.route({
    method: 'POST',
    url,
    schema: {
      tags,
      summary: `Add a ${kind}`,
      body: addedDefinition,
      response: { 201: definitionView, ...problems(400, 404, 409) },
    },
    handler: async ({ body: { name, ...fields } }, reply) => {
      await automation.put(kind, name, fields, 'add');
      reply.code(201);
      return viewOf(automation.get(kind, name));
    },
  });

  api.route({
    method: 'GET',
    url: `${url}/:name`,
    schema: {
      tags,
      summary: `Show a ${kind}`,
      params: namedParams,
      querystring: secretsQuery,
      response: { 200: definitionView, ...problems(400, 404, 503) },
    },
    handler: ({ params, query }) => viewOf(automation.get(kind, params.name, query.secrets)),
  });

  api.route({
    method: 'PUT',
    url: `${url}/:name`,
    schema: {
      tags,
      summary: `Add or replace a ${kind}`,
      params: namedParams,
      body: fieldsSchema,
      response: { 200: definitionView, ...problems(400, 404) },
    },
    handler: async ({ params, body }) => {
      await automation.put(kind, params.name, body);
      return viewOf(automation.get(kind, params.name));
    },
  });

  api.route({
    method: 'DELETE',
    url: `${url}/:name`,
    schema: {
      tags,
      summary: `Remove a ${kind}`,
      params: namedParams,
      response: { 204: z.undefined().describe('Removed.'), ...problems(404, 409) },
    },
    handler: async ({ params }, reply) => {
      await automation.remove(kind, params.name);
      reply.code(204).send();
    },
  });
}

function testRoutes(api: Api, automation: Automation): void {
  api.route({
    method: 'POST',
    url: '/connections/:name/test',
    schema: {
      tags,
      summary: 'Try a connection for real: connect or bind, and close again',
      description: 'With "connection" in the body its fields are tried instead of what is saved.',
      params: namedParams,
      body: testBody,
      response: { 200: testView, ...problems(400, 404) },
    },
    handler: async ({ params, body: { how, connection } }) => ({
      ...(await automation.testConnection(connection ?? params.name, how)),
    }),
  });
}

function taskRoutes(api: Api, automation: Automation): void {
  api.route({
    method: 'POST',
    url: '/tasks/:name/run',
    schema: {
      tags,
      summary: 'Run a task; its run tells what came of it',
      params: namedParams,
      body: startBody,
      headers: startHeaders,
      response: { 202: startedView, ...problems(400, 404) },
    },
    handler: ({ params, body, headers }, reply) => {
      reply.code(202);
      return started(automation.startTask(params.name, { ...body, depth: headers[DEPTH_HEADER] }));
    },
  });

  api.route({
    method: 'POST',
    url: '/unsaved-tasks',
    schema: {
      tags,
      summary: 'Run a task that is not saved',
      body: unsavedTaskBody,
      headers: startHeaders,
      response: { 202: startedView, ...problems(400, 404) },
    },
    handler: ({ body: { task, variables }, headers }, reply) => {
      reply.code(202);
      return started(automation.startTask(task, { variables, depth: headers[DEPTH_HEADER] }));
    },
  });

  api.route({
    method: 'GET',
    url: '/job-states',
    schema: {
      tags,
      summary: 'What starts each job next, how it runs and how it ran last',
      response: { 200: z.array(jobView), ...problems(503) },
    },
    handler: () =>
      automation.jobs().map(({ nextAt, last, ...job }) => ({
        ...job,
        nextAt: isoMaybe(nextAt),
        last: last && view(last),
      })),
  });

  api.route({
    method: 'POST',
    url: '/jobs/:name/run',
    schema: {
      tags,
      summary: 'Run a job; its run tells what came of it',
      params: namedParams,
      body: startBody,
      headers: startHeaders,
      response: { 202: startedView, ...problems(400, 404) },
    },
    handler: ({ params, body, headers }, reply) => {
      const { id } = automation.startJob(params.name, { ...body, depth: headers[DEPTH_HEADER] });
      reply.code(202);
      return { id };
    },
  });
}

/** Whatever becomes of it stands in the history. */
function started({ id, record }: ReturnType<Automation['startTask']>): { id: number } {
  record.catch(() => {});
  return { id };
}

function triggerRoutes(api: Api, automation: Automation): void {
  api.route({
    method: 'GET',
    url: '/trigger-states',
    schema: {
      tags,
      summary: 'Which triggers listen, where, and what they did',
      response: { 200: z.array(triggerView), ...problems(503) },
    },
    handler: () => automation.triggers().map((status) => ({ ...status })),
  });

  api.route({
    method: 'POST',
    url: '/triggers/:name/start',
    schema: {
      tags,
      summary: 'Let a trigger listen',
      params: namedParams,
      response: { 200: triggerView, ...problems(400, 404, 409) },
    },
    handler: async ({ params }) => ({ ...(await automation.startTrigger(params.name)) }),
  });

  api.route({
    method: 'POST',
    url: '/triggers/:name/stop',
    schema: {
      tags,
      summary: 'Let a trigger listen no more, until it is started or the service is',
      params: namedParams,
      response: { 204: z.undefined().describe('Stopped.'), ...problems(404, 409) },
    },
    handler: async ({ params }, reply) => {
      await automation.stopTrigger(params.name);
      reply.code(204).send();
    },
  });

  api.route({
    method: 'GET',
    url: '/triggers/:name/output',
    schema: {
      tags,
      summary: 'What the clients of a trigger said and heard, the latest lines',
      params: namedParams,
      querystring: secretsQuery,
      response: { 200: outputView, ...problems(404) },
    },
    handler: ({ params, query }) => {
      const { entries, dropped } = automation.triggerOutput(params.name, query.secrets);
      return { lines: entries.map((entry) => ({ ...entry, time: iso(entry.time) })), dropped };
    },
  });
}

function runRoutes(api: Api, automation: Automation): void {
  const existing = (id: number, run: Run | undefined): Run => {
    if (run === undefined) throw serverErrors.error('RUN_UNKNOWN', { id });
    return run;
  };

  api.route({
    method: 'GET',
    url: '/runs',
    schema: {
      tags,
      summary: 'The history of tasks, triggers and jobs, newest first',
      querystring: runsQuery,
      response: { 200: z.array(runView), ...problems(400, 503) },
    },
    handler: ({ query: { secrets, ...query } }) => automation.runs(query, secrets).map(view),
  });

  api.route({
    method: 'GET',
    url: '/runs/:id',
    schema: {
      tags,
      summary: 'Show a run with its output',
      params: runParams,
      querystring: waitQuery,
      response: { 200: runDetail, ...problems(400, 404) },
    },
    handler: async ({ params: { id }, query: { wait, secrets } }) => {
      const ms = Math.min(wait ?? 0, serverLimits.values.downlinkWait);
      const run = existing(id, await automation.waitRun(id, ms, secrets));
      return { ...view(run), detail: detailView(run.detail) };
    },
  });

  api.route({
    method: 'POST',
    url: '/runs/:id/stop',
    schema: {
      tags,
      summary: 'Stop a task or job that runs',
      params: runParams,
      response: { 204: z.undefined().describe('It stops.'), ...problems(404, 409) },
    },
    handler: ({ params: { id } }, reply) => {
      existing(id, automation.run(id));
      if (!automation.stopRun(id)) throw serverErrors.error('RUN_ENDED', { id });
      reply.code(204).send();
    },
  });
}
