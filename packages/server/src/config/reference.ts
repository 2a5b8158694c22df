/** `docs/configuration.md`, from the schema. */
import { variableOf } from './environment.ts';
import { isLive } from './reload.ts';
import { configSchema } from './schema.ts';
import { bare, defaultOf, type Leaf, leaves, sections } from './walk.ts';

const INTRODUCTION = `# Configuration

Fairlead runs without a configuration file. To change a default, put the key into \`fairlead.yaml\` in the folder where the service is started, or
into the file that \`--config\` names. An environment variable overrides the file, and the command line overrides both.
An unknown key is refused; the message names its line and the most similar key. \`fairlead config check\` shows the values in effect
and the source of each value. Changes take effect at the next start. Those of a key with the mark **reload** also take effect when the running service gets
\`SIGHUP\` (see [operations.md](operations.md#reload)).

\`\`\`yaml
http:
  listen: 127.0.0.1:7650
bus:
  kind: mqtt
  mqtt:
    url: mqtts://broker.example:8883
    user: fairlead
    passwordFile: mqtt-password
listeners:
  official:
    listen: 0.0.0.0:7653
    limits:
      idle: 5m
  custom:
    listen: off
  trackers:
    listen: 0.0.0.0:5023
    profiles: [gt06, teltonika]
    unknown: inbox
topics:
  status: site/{device}/status
\`\`\`

- Write durations as \`250ms\`, \`5s\`, \`2m\`, \`1h\` or \`1d\`, and sizes as \`512B\`, \`64KiB\` or \`1MB\`. Numbers without a unit are milliseconds and bytes.
  For a duration that is usually given in seconds, a number below 1000 without a unit is refused, because \`idle: 300\` would mean 300 ms.
- A relative path in the file is relative to the folder of the file. Elsewhere it is relative to the folder where the service is started.
- Put passwords into separate files (\`passwordFile\`) or into the environment. They are refused in \`fairlead.yaml\` and are never printed.
- In environment variables, \`__\` separates a section from its key, and the name is not case-sensitive: \`FAIRLEAD_HTTP__LISTEN=127.0.0.1:80\`,
  \`FAIRLEAD_LISTENERS__OFFICIAL__LISTEN=0.0.0.0:7653\`. Separate the elements of a list with commas.
- \`FAIRLEAD_LOG\` is a short form of \`FAIRLEAD_LOG__LEVEL\`. \`FAIRLEAD_TOKEN\` sets the administrator's token, instead of the file
  \`admin-token\` in the data folder. \`FAIRLEAD_URL\` is the address at which the command line reaches the service.
  \`FAIRLEAD_SECRET_KEY\` (64 hexadecimal digits) is the key that encrypts saved automation data, instead of the file \`secret.key\` in the data folder.
  The key for the secrets of devices is derived from it, instead of the file \`device-secrets.key\`.
- At startup, a warning names each unknown variable that starts with \`FAIRLEAD_\`.
`;

/** The whole page as Markdown. */
export function configReference(): string {
  const parts = [INTRODUCTION];
  const groups = new Map<string, Leaf[]>();
  for (const leaf of leaves(configSchema)) {
    const section = leaf.path.slice(0, -1).join('.');
    groups.set(section, [...(groups.get(section) ?? []), leaf]);
  }
  const about = new Map(
    [...sections(configSchema)].map((leaf) => [leaf.path.join('.'), leaf.meta.description]),
  );
  for (const [section, keys] of groups) {
    parts.push(section === '' ? '## Top level\n' : `## ${section}\n`);
    const lines = ancestors(section)
      .map((name) => about.get(name))
      .filter((text) => text !== undefined);
    if (lines.length > 0) parts.push(`${lines.at(-1)}\n`);
    parts.push(`${keys.map(entry).join('\n')}\n`);
  }
  return `${parts.join('\n').trimEnd()}\n`;
}

/** The section and its parents. A section without a description shows the description of its nearest parent. */
function ancestors(section: string): string[] {
  const words = section.split('.');
  return words.map((_, i) => words.slice(0, i + 1).join('.'));
}

function entry({ path, schema, meta }: Leaf): string {
  const fallback = defaultOf(schema);
  const facts = [
    meta.type ?? typeOf(schema),
    fallback === undefined ? 'no default' : `default \`${show(fallback)}\``,
    `\`${variableOf(path)}\``,
    ...(isLive(path) ? ['**reload**'] : []),
  ];
  return `- **\`${path.at(-1)}\`** (${facts.join('; ')})\n  ${meta.description}`;
}

function typeOf(schema: Leaf['schema']): string {
  const def = bare(schema).def as { type: string; entries?: Record<string, string> };
  if (def.entries !== undefined)
    return Object.values(def.entries)
      .map((word) => `\`${word}\``)
      .join(', ');
  return { string: 'text', boolean: 'true or false', number: 'number' }[def.type] ?? def.type;
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
