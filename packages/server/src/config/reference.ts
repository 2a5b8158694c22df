/** `docs/configuration.md`, from the schema. */
import { variableOf } from './environment.ts';
import { configSchema } from './schema.ts';
import { bare, defaultOf, type Leaf, leaves, sections } from './walk.ts';

const INTRODUCTION = `# Configuration

Fairlead runs without any. What is to differ stands in \`fairlead.yaml\`, in the folder where the service is started or
where \`--config\` points to; a variable of the environment overrides the file, and the command line overrides both.
A key that does not exist is refused, with its line and the nearest key that does. \`fairlead config check\` shows what holds
and where each value comes from. Changes take effect at the next start.

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
topics:
  status: site/{device}/status
\`\`\`

- Durations are written as \`250ms\`, \`5s\`, \`2m\`, \`1h\`, \`1d\`, sizes as \`512B\`, \`64KiB\`, \`1MB\`; bare numbers are milliseconds and bytes.
  Where a duration is counted in seconds, a bare number below 1000 is refused: \`idle: 300\` was hardly meant as 300 ms.
- A relative path in the file counts from the folder of the file; elsewhere from the folder where the service is started.
- Passwords stand in files of their own (\`passwordFile\`) or in the environment, never in \`fairlead.yaml\`, and are never printed.
- In the environment, \`__\` steps into a section and case does not matter: \`FAIRLEAD_HTTP__LISTEN=127.0.0.1:80\`,
  \`FAIRLEAD_LISTENERS__OFFICIAL__LISTEN=0.0.0.0:7653\`. Elements of a list are separated by commas.
- \`FAIRLEAD_LOG\` is short for \`FAIRLEAD_LOG__LEVEL\`. \`FAIRLEAD_TOKEN\` is the administrator's token, instead of the file
  \`admin-token\` in the data folder. \`FAIRLEAD_URL\` is where the command line finds the service.
  \`FAIRLEAD_SECRET_KEY\` (64 hexadecimal digits) seals what automation saves, instead of the file \`secret.key\` there.
- A variable that begins with \`FAIRLEAD_\` and means nothing is named in a warning at the start.
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

/** The section itself and, for one without words of its own, what stands above it. */
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
