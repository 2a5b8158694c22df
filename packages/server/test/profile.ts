/** A small profile as a folder: lines such as `ID 7` and `T 21.5`. */
import type { ProfileFiles } from '@fairlead/profiles';

interface Changes {
  readonly name?: string;
  readonly version?: string;
  /** Lines of `profile.yaml` besides. */
  readonly yaml?: string;
  readonly script?: string;
  readonly examples?: readonly object[];
}

/** The module of helpers; a check of imports would take it for one of this file. */
const HELPERS = 'fairlead:helpers';

export const SCRIPT = `import { ascii } from ${JSON.stringify(HELPERS)};
export function identify(bytes: Uint8Array) {
  const [word, id] = ascii(bytes).split(' ');
  if (word === 'ID' && id) return { id, reply: 'OK\\n', consumed: true };
  return undefined;
}
export function uplink(bytes: Uint8Array) {
  const [word, value] = ascii(bytes).split(' ');
  if (word === 'T') return { values: { temperature: Number(value) } };
  return undefined;
}
`;

export function profileFolder({
  name = 'lines',
  version = '1.0.0',
  yaml = 'identity: { by: script }',
  script = SCRIPT,
  examples = [{ name: 'a temperature', hex: '542032312e350a', values: { temperature: 21.5 } }],
}: Changes = {}): ProfileFiles {
  return {
    'profile.yaml': `name: ${name}\ntitle: Lines of text\nsource: [made up for a test]\nversion: ${version}\nframing: line\ndetect: [{ bytes: "4944" }]\n${yaml}\n`,
    'script.ts': script,
    'examples.json': JSON.stringify(examples),
  };
}
