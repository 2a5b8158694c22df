/** Which profiles the first bytes of an unknown device may be of. */
import type { InboxEntryView } from '@fairlead/api';
import type { InboxEntry } from '@fairlead/gateway';
import { guessFraming, guessProfile, parseProfile } from '@fairlead/profiles';
import type { Sandbox } from '@fairlead/sandbox';
import type { StoreProfiles } from '@fairlead/store';

/** Profiles whose scripts are tried: those whose framings fit best. */
const TRIED = 5;
const SHOWN = 3;

/** The best first. */
export async function guessesOf(
  { frames }: InboxEntry,
  profiles: Pick<StoreProfiles, 'list' | 'files'>,
  scripts: Pick<Sandbox, 'load'>,
): Promise<NonNullable<InboxEntryView['guess']>> {
  const bytes = Buffer.from(frames.join(''), 'hex');
  const framed = profiles.list().flatMap(({ name, profile }) => {
    const { framing, title = name } = profile ?? {};
    return framing === undefined ? [] : [{ name, title, framing }];
  });
  const fitting = guessFraming(bytes, framed).guesses.flatMap(({ profile }) => profile ?? []);
  const definitions = fitting.slice(0, TRIED).map((name) => {
    // The examples are long, and not needed.
    const { 'examples.json': _, ...files } = profiles.files(name) ?? {};
    return parseProfile(files);
  });
  const { guesses } = await guessProfile(bytes, definitions, scripts);
  return guesses
    .flatMap(({ profile, score, because }) =>
      profile === undefined ? [] : [{ profile, score, because: [...because] }],
    )
    .slice(0, SHOWN);
}
