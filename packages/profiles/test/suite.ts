/** Runs the suite of the testkit on builtin profiles. */
import { createSandbox, type Sandbox } from '@fairlead/sandbox';
import { Deframer, FrameEditor, parseFraming } from '@fairlead/tcp/framing';
import { profileSuite, type SuiteBytes, type SuiteProfile } from '@fairlead/testkit';
import {
  builtinNames,
  builtinProfile,
  checkProfile,
  type Example,
  isFieldOf,
  type ProfileDefinition,
  ProfileLink,
} from '../src/index.ts';

/** Values that the checksum of their protocol does not cover. */
const uncovered: Readonly<Record<string, readonly string[]>> = {
  // The length field stands before what the CRC covers, and senders with wrong lengths are known.
  sia_dc09: ['lengthField', 'lengthConsistent'],
};
/** Keys of the values of an event. */
const EVENT = ['method', 'params'];

/** Declares the suite for one part of the catalogue; each part is a file of its own, so that they run side by side. */
export async function suiteOfPart(part: number, parts: number): Promise<void> {
  const names = await builtinNames();
  for (const [i, name] of names.entries()) if (i % parts === part) suiteOf(name);
}

function suiteOf(name: string): void {
  let sandbox: Sandbox;
  profileSuite(
    name,
    async () => {
      sandbox = createSandbox({});
      return open(await builtinProfile(name), sandbox);
    },
    { close: () => sandbox.close() },
  );
}

async function open(profile: ProfileDefinition, sandbox: Sandbox): Promise<SuiteProfile> {
  const script = profile.script === undefined ? undefined : await sandbox.load(profile.script);
  const editor = new FrameEditor(profile.framing);
  return {
    failures: async () =>
      (await checkProfile(profile, sandbox)).failures.map(
        ({ example, field, expected, actual }) => `${example}: ${field}: expected ${expected}, got ${actual}`,
      ),
    link: () => new ProfileLink(profile, script, { known: true }),
    sent: profile.examples.flatMap(bytesOf),
    optional: /"optional":\s*true/.test(profile.framing),
    uncovered: uncovered[profile.name],
    rewritten: (bytes, change) => editor.edit(bytes, change),
    verified: (bytes) => isVerified(profile.framing, bytes),
    isField: (key) => EVENT.includes(key) || isFieldOf(profile.fields, key),
  };
}

/** What an example sends without state before it. */
function bytesOf(example: Example): SuiteBytes[] {
  if (!('hex' in example) || example.error !== undefined) return [];
  if (example.parameters !== undefined || example.secret !== undefined) return [];
  return [{ name: example.name, bytes: Buffer.from(example.hex.replaceAll(/\s/g, ''), 'hex') }];
}

function isVerified(framing: string, bytes: Buffer): boolean {
  const codec = parseFraming(framing, { detailed: true });
  const frames = new Deframer(codec.decoder(), codec.name).push(bytes);
  return frames.length > 0 && frames.every(({ checksum }) => checksum === 'ok');
}
