/**
 * Definitions and runs without their secrets. Definitions lose bodies, names and keys of rules and credentials; runs and their
 * output keep what happened, when and with which peer, and lose the texts.
 */
import { automationErrors } from './catalogue.ts';
import type { Named } from './definition/repository.ts';
import type { Definitions } from './definition/schema.ts';
import type { RunView } from './history/run-history.ts';
import type { DefinitionKind } from './ports.ts';
import type { OutputEntry } from './run/output.ts';
import type { RunRecord, StepRecord } from './run/record.ts';
import { MASK, masked } from './secret/mask.ts';

/** A definition as it may be listed and exported. */
export function maskedDefinition<K extends DefinitionKind>(named: Named<K>): Named<K> {
  const { definition } = named;
  const { rules, steps, variables, connection, tls, ...others } = definition as Record<string, unknown>;
  const hidden = {
    ...others,
    ...(tls === undefined ? {} : { tls: maskedTls(tls) }),
    ...(connection === undefined ? {} : { connection: maskedConnection(connection) }),
    ...(rules === undefined ? {} : { rules: masked(rules) }),
    ...(steps === undefined ? {} : { steps: maskedSteps(steps as object[]) }),
    ...(variables === undefined ? {} : { variables: masked(variables, true) }),
  };
  return { ...named, definition: hidden as Definitions[K] };
}

/** Keeps the names of steps, which are needed to follow a job, and masks their contents. */
function maskedSteps(steps: readonly object[]): object[] {
  return steps.map((step) => ({ ...masked(step), ...('name' in step ? { name: step.name } : {}) }));
}

function maskedConnection(connection: unknown): unknown {
  if (typeof connection !== 'object' || connection === null || !('tls' in connection)) return connection;
  return { ...connection, tls: maskedTls(connection.tls) };
}

/** Masks the private key and its passphrase. The path of a file is not a secret. */
function maskedTls(tls: unknown): unknown {
  if (typeof tls !== 'object' || tls === null) return tls;
  const { key, passphrase } = tls as { key?: unknown; passphrase?: unknown };
  return {
    ...tls,
    ...(typeof key === 'string' && key.includes('-----BEGIN') ? { key: MASK } : {}),
    ...(passphrase === undefined ? {} : { passphrase: MASK }),
  };
}

/** A run as it may be shown. */
export function maskedRun(view: RunView): RunView {
  const { error, detail } = view;
  return {
    ...view,
    ...(error === undefined ? {} : { error: maskedWords(error) }),
    ...(detail === undefined ? {} : { detail: maskedDetail(detail as Partial<RunRecord> & Steps) }),
  };
}

type Steps = {
  readonly steps?: readonly StepRecord[];
  readonly inputs?: Readonly<Record<string, string>>;
};

function maskedDetail({
  messages,
  output,
  steps,
  inputs,
  rule,
  error,
  ...others
}: Partial<RunRecord> & Steps) {
  return {
    ...others,
    ...(rule === undefined ? {} : { rule: maskedName(rule) }),
    ...(error === undefined ? {} : { error: maskedWords(error) }),
    ...(messages === undefined
      ? {}
      : { messages: messages.map(({ text }) => ({ key: MASK, text: sized(text) })) }),
    ...(output === undefined ? {} : { output: output.map(maskedLine) }),
    ...(steps === undefined ? {} : { steps: steps.map(maskedStep) }),
    ...(inputs === undefined ? {} : { inputs: maskedInputs(inputs) }),
  };
}

/** Names of variables are not masked: the definition shows them too. */
const maskedInputs = (inputs: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(inputs).map(([name, text]) => [name, sized(text)]));

function maskedStep({ output, error, ...others }: StepRecord): StepRecord {
  return {
    ...others,
    output: output === '' ? '' : sized(output),
    ...(error === undefined ? {} : { error: maskedWords(error) }),
  };
}

/** A line of output as it may be shown. */
export function maskedLine({ rule, key, text, hex, ...others }: OutputEntry): OutputEntry {
  return {
    ...others,
    ...(rule === undefined ? {} : { rule: maskedName(rule) }),
    ...(key === undefined ? {} : { key: MASK }),
    text: others.type === 'info' ? maskedWords(text) : sized(text, hex),
  };
}

/** `•••• (9 bytes)`: the mask with the size of the text. */
function sized(text: string, hex?: string): string {
  const cut = /… \((\d+) characters\)$/.exec(text)?.[1];
  if (cut !== undefined) return `${MASK} (${cut} characters)`;
  return hex === undefined ? `${MASK} (${text.length} characters)` : `${MASK} (${hex.length / 2} bytes)`;
}

/** Keeps the kind of a generated name: `Send (x3) : ••••`. */
function maskedName(name: string): string {
  const [, kind, rest] = /^((?:Send|Receive|Check)(?: \((?:\*|x\d+|\/\d+)\))?)( : .*)?$/su.exec(name) ?? [];
  return kind === undefined ? MASK : rest === undefined ? kind : `${kind} : ${MASK}`;
}

/** Placeholders of error messages whose values come from rules or from messages. */
const FROM_RULES = new Set(['rule', 'variable', 'last']);

/** Patterns of the messages that contain such a value. The whole message must match. */
const places: readonly RegExp[] = [
  ...Object.values(automationErrors.entries).map(({ message }) => message),
  'Ended by "{rule}"',
]
  .filter((message) => [...message.matchAll(/\{(\w+)\}/g)].some(([, name]) => FROM_RULES.has(name as string)))
  .map((message) => {
    const parts = message.replace(/\.$/, '').split(/\{(\w+)\}/);
    const pattern = parts.map((part, at) => {
      if (at % 2 === 0) return RegExp.escape(part);
      return FROM_RULES.has(part) ? `(?<${part}>.*)` : '.*?';
    });
    return new RegExp(pattern.join(''), 'ds');
  });

/** A text about a run, without the names and keys of rules in it. */
export function maskedWords(words: string): string {
  for (const place of places) {
    const groups = Object.entries(place.exec(words)?.indices?.groups ?? {});
    if (groups.length === 0) continue;
    // From the last to the first, so that the positions of earlier ones do not change.
    return groups
      .sort(([, a], [, b]) => (b?.[0] ?? 0) - (a?.[0] ?? 0))
      .reduce((shown, [name, at]) => {
        const [from, to] = at ?? [0, 0];
        const value = shown.slice(from, to);
        return shown.slice(0, from) + (name === 'rule' ? maskedName(value) : MASK) + shown.slice(to);
      }, words);
  }
  return words;
}
