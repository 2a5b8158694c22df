import { DEPTH_HEADER, operations } from '@fairlead/api';
import type { Automation, DefinitionKind, Named } from '@fairlead/automation';
import { type Api, type ApiContext, iso, isoMaybe } from '../context.ts';
import { checkAdds, hasToChange } from '../revision.ts';
import { routeOf } from '../route.ts';
import { runView } from '../runs/views.ts';

const KINDS: readonly DefinitionKind[] = ['connection', 'task', 'trigger', 'job'];

export function automationRoutes(api: Api, { automation }: ApiContext): void {
  for (const kind of KINDS) definitionRoutes(api, automation, kind);
  testRoutes(api, automation);
  taskRoutes(api, automation);
  triggerRoutes(api, automation);
}

const viewOf = ({ name, changedAt, revision, definition }: Named<DefinitionKind>) => ({
  name,
  ...definition,
  changedAt: iso(changedAt),
  revision,
});

function definitionRoutes(api: Api, automation: Automation, kind: DefinitionKind): void {
  const definitions = operations[`${kind}s`];
  const versions = (name: string, yours: Readonly<Record<string, unknown>>) => ({
    fields: automation.differences(kind, name, yours),
    theirs: { ...automation.get(kind, name).definition },
    yours,
  });
  const versionToRemove = (name: string) => {
    const theirs = { ...automation.get(kind, name).definition };
    return { fields: Object.keys(theirs), theirs, yours: {} };
  };
  api.route({
    ...routeOf(definitions.list),
    handler: ({ query }) => automation.list(kind, query.secrets).map(viewOf),
  });

  api.route({
    ...routeOf(definitions.add),
    handler: async ({ body: { name, ...fields } }, reply) => {
      await automation.put(kind, name, fields, 'add');
      reply.code(201);
      return viewOf(automation.get(kind, name));
    },
  });

  api.route({
    ...routeOf(definitions.get),
    handler: ({ params, query }) => viewOf(automation.get(kind, params.name, query.secrets)),
  });

  api.route({
    ...routeOf(definitions.put),
    handler: async ({ params: { name }, body, headers }) => {
      const revision = automation.revision(kind, name);
      if (revision === undefined) checkAdds(headers['if-match'], { kind, name });
      else if (!hasToChange(headers['if-match'], { kind, name, revision }, () => versions(name, body)))
        return viewOf(automation.get(kind, name));
      await automation.put(kind, name, body);
      return viewOf(automation.get(kind, name));
    },
  });

  api.route({
    ...routeOf(definitions.remove),
    handler: async ({ params: { name }, headers }, reply) => {
      const revision = automation.revision(kind, name);
      // One that is not there is refused by its own code.
      if (revision !== undefined)
        hasToChange(headers['if-match'], { kind, name, revision }, () => versionToRemove(name));
      await automation.remove(kind, name);
      reply.code(204).send();
    },
  });
}

function testRoutes(api: Api, automation: Automation): void {
  api.route({
    ...routeOf(operations.connections.test),
    handler: async ({ params, body: { how, connection } }) => ({
      ...(await automation.testConnection(connection ?? params.name, how)),
    }),
  });
}

function taskRoutes(api: Api, automation: Automation): void {
  api.route({
    ...routeOf(operations.tasks.run),
    handler: ({ params, body, headers }, reply) => {
      reply.code(202);
      return started(automation.startTask(params.name, { ...body, depth: headers[DEPTH_HEADER] }));
    },
  });

  api.route({
    ...routeOf(operations.tasks.runUnsaved),
    handler: ({ body: { task, variables }, headers }, reply) => {
      reply.code(202);
      return started(automation.startTask(task, { variables, depth: headers[DEPTH_HEADER] }));
    },
  });

  api.route({
    ...routeOf(operations.jobs.states),
    handler: () => jobStates(automation),
  });

  api.route({
    ...routeOf(operations.jobs.run),
    handler: ({ params, body, headers }, reply) => {
      const { id } = automation.startJob(params.name, { ...body, depth: headers[DEPTH_HEADER] });
      reply.code(202);
      return { id };
    },
  });
}

export function jobStates(automation: Automation) {
  return automation.jobs().map(({ nextAt, last, ...job }) => ({
    ...job,
    nextAt: isoMaybe(nextAt),
    last: last && runView(last),
  }));
}

/** The history has its result. */
function started({ id, record }: ReturnType<Automation['startTask']>): { id: number } {
  record.catch(() => {});
  return { id };
}

function triggerRoutes(api: Api, automation: Automation): void {
  api.route({
    ...routeOf(operations.triggers.states),
    handler: () => automation.triggers().map((status) => ({ ...status })),
  });

  api.route({
    ...routeOf(operations.triggers.start),
    handler: async ({ params }) => ({ ...(await automation.startTrigger(params.name)) }),
  });

  api.route({
    ...routeOf(operations.triggers.stop),
    handler: async ({ params }, reply) => {
      await automation.stopTrigger(params.name);
      reply.code(204).send();
    },
  });

  api.route({
    ...routeOf(operations.triggers.output),
    handler: ({ params, query }) => {
      const { entries, dropped } = automation.triggerOutput(params.name, query.secrets);
      return { lines: entries.map((entry) => ({ ...entry, time: iso(entry.time) })), dropped };
    },
  });
}
