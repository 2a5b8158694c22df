/** The page of state tables: `docs/states.md`. */
import { exchangeTransitions, phasesAfter } from '@fairlead/automation';
import type { TransitionTable } from '@fairlead/core';
import { downlinkStates, lifeTransitions } from '@fairlead/gateway';
import { controlTransitions, sourceTransitions } from '@fairlead/indi';
import { writerStates } from '@fairlead/journal';
import { connectionTransitions } from '@fairlead/messaging';
import { penaltyTransitions } from '@fairlead/sandbox';
import { clientTransitions, linkTransitions } from '@fairlead/tcp/internal';
import { GENERATED } from './generated.ts';

interface Section {
  readonly title: string;
  /** The name of the table. */
  readonly source: string;
  readonly about: string;
  readonly table: TransitionTable<string, string>;
  readonly first: string;
}

const sections: readonly Section[] = [
  {
    title: 'A link',
    source: '`linkTransitions` of `@fairlead/tcp/internal`',
    about: `One live connection. It is never reopened. \`close\`: our program closed the link; \`peer-end\`: the peer has
ended its side; \`gone\`: the transport has ended. See [tcp.md](tcp.md).`,
    table: linkTransitions.table,
    first: 'open',
  },
  {
    title: 'A client',
    source: '`clientTransitions` of `@fairlead/tcp/internal`',
    about: `A logical connection over successive links. \`connect\`: an attempt begins; \`connected\`: the
transport is connected; \`accepted\`: the handshake is over; \`lost\`: the attempt failed or the link ended, and another attempt follows;
\`close\`: the program closes the client while there is a link to drain; \`end\`: over. See [client.md](client.md).`,
    table: clientTransitions.table,
    first: 'idle',
  },
  {
    title: 'The life of a device',
    source: '`lifeTransitions` of `@fairlead/gateway`',
    about: `Whether a device that has a link answers. \`doubt\`: what was written to it, or its next sign of life, is overdue;
\`sign\`: nothing is overdue any more; \`end\`: its link was closed because it did not answer. See [liveness.md](liveness.md).`,
    table: lifeTransitions.table,
    first: 'live',
  },
  {
    title: 'A messaging interface',
    source: '`connectionTransitions` of `@fairlead/messaging`',
    about: `The \`connectionState\` of a \`TcpClient\` or \`TcpServer\`. \`connect\`: \`connect()\` was called; \`ready\`:
messages can be exchanged; \`lost\`: the link is lost, and attempts to reconnect follow; \`fail\`: no more attempts; \`close\`: \`disconnect()\` was
called. See [messaging.md](messaging.md).`,
    table: connectionTransitions.table,
    first: 'disconnected',
  },
  {
    title: 'A kept downlink',
    source: '`downlinkStates` of `@fairlead/gateway`',
    about: `What becomes of a message to a device that is kept. \`attempt\`: it is recorded as tried, before the first byte leaves; \`write\`: the operating
system took every byte, which is the end where an answer cannot be told; \`again\`: it is sent again. See [downlinks.md](downlinks.md).`,
    table: downlinkStates.table,
    first: 'queued',
  },
  {
    title: 'The connection of an INDI device',
    source: '`controlTransitions` of `@fairlead/indi`',
    about: `How a driver handles the \`CONNECTION\` switch of its device. \`connect\`, \`disconnect\`: a client sets the switch;
\`up\`: the link is open and the handshake has succeeded; \`fail\`: the first attempts failed; \`lose\`: the link ended.`,
    table: controlTransitions.table,
    first: 'off',
  },
  {
    title: 'A source of the INDI hub',
    source: '`sourceTransitions` of `@fairlead/indi`',
    about: `A driver that the hub runs, or a server that the hub is a client of. \`start\`: an attempt begins; \`up\`: the process
runs, or the connection is open; \`down\`: it ended or could not be started; \`stop\`: it was asked to stop.`,
    table: sourceTransitions.table,
    first: 'starting',
  },
  {
    title: 'The writer of the journal',
    source: '`writerStates` of `@fairlead/journal`',
    about: `One flush is under way at a time; what is appended meanwhile is flushed next. \`fail\`: the disk failed, and nothing is
reported as done; \`retry\`: the delay is over. See [journal.md](journal.md).`,
    table: writerStates.table,
    first: 'idle',
  },
  {
    title: 'A script in the sandbox',
    source: '`penaltyTransitions` of `@fairlead/sandbox`',
    about: `A penalised script runs in the penalty process. The calls of a resting script fail at once. \`offend\`: a timeout, too
much memory, or a process that had to be killed; \`rest\`: too many offences; \`rested\`: the rest is over; \`clear\`: no offence
for many frames or for a long time.`,
    table: penaltyTransitions.table,
    first: 'good',
  },
  {
    title: 'An exchange',
    source: '`exchangeTransitions` of `@fairlead/automation`',
    about: `The walk of a task or a trigger through its rules. The exchange takes one event at a time. \`next rule\` is not a state: it
represents the choice of the rule that follows. Every phase also goes to \`ended\` when the run fails or is stopped.`,
    table: exchangeTable(),
    first: 'ready',
  },
];

export function statesPage(): string {
  const head = `# States

${GENERATED}

Every state machine is one table, and each diagram is drawn from its table. An event that a table does not have in the present
state is a defect and throws [\`EVENT_IMPOSSIBLE\`](errors.md). Events that change nothing are not drawn.
`;
  const parts = sections.map(
    ({ title, source, about, table, first }) => `## ${title}

${about}

Table: ${source}.

${diagram(table, first)}
`,
  );
  return `${[head, ...parts].join('\n').trimEnd()}\n`;
}

/** A state table as a Mermaid diagram. Events that change nothing are left out. */
export function diagram(table: TransitionTable<string, string>, first: string): string {
  const id = (state: string) => state.replaceAll(/[- ]/g, '_');
  const lines = Object.keys(table)
    .filter((state) => id(state) !== state)
    .map((state) => `  state "${state}" as ${id(state)}`);
  lines.push(`  [*] --> ${id(first)}`);
  for (const [from, events] of Object.entries(table)) {
    const left = Object.entries(events).filter(([, to]) => to !== undefined && to !== from);
    for (const [event, to] of left)
      lines.push(`  ${id(from)} --> ${id(to as string)}${event.startsWith('to ') ? '' : ` : ${event}`}`);
    if (left.length === 0) lines.push(`  ${id(from)} --> [*]`);
  }
  return `\`\`\`mermaid\nstateDiagram-v2\n${lines.join('\n')}\n\`\`\``;
}

/** The table of an exchange has actions. This one has phases; an action that chooses the next rule leads to `next rule`. */
function exchangeTable(): TransitionTable<string, string> {
  const NEXT = 'next rule';
  const table: Record<string, Record<string, string>> = {};
  const choices = new Set<string>();
  for (const [from, events] of Object.entries(exchangeTransitions.table)) {
    const row: Record<string, string> = {};
    for (const [event, action] of Object.entries(events)) {
      if (action === 'fail' || action === 'stop') continue;
      const phases = phasesAfter[action];
      const [only] = phases;
      row[event] = phases.length === 1 && only !== undefined ? only : NEXT;
      if (phases.length > 1) for (const phase of phases) choices.add(phase);
    }
    table[from] = row;
  }
  table[NEXT] = Object.fromEntries([...choices].map((phase) => [`to ${phase}`, phase]));
  return table;
}
