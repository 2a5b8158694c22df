import { builtinNames, builtinProfile, vocabulary } from '@fairlead/profiles';
import { GENERATED } from './generated.ts';

/** The page of the builtin profiles and of the names that their values have. */
export async function profileCatalogue(): Promise<string> {
  const profiles = await Promise.all((await builtinNames()).map(builtinProfile));
  const rows = profiles.map(
    ({ name, title, direction, identity, makers = [], commands }) =>
      `| \`${name}\` | ${title} | ${direction === 'dials' ? 'is dialled' : 'dials in'} | ${identity.by} | ${makers.join(', ')} | ${Object.keys(commands).join(', ')} |`,
  );
  const names = Object.entries(vocabulary).map(
    ([name, { unit = '', about }]) => `| \`${name}\` | ${unit} | ${about} |`,
  );
  return `# The catalogue of profiles

${GENERATED}

The profiles that come with Fairlead. \`fairlead profile show NAME\` shows the values, parameters, commands and sources of a profile.
[profiles.md](profiles.md) is the guide.

| profile | devices | device | identity | makers | commands |
|---|---|---|---|---|---|
${rows.join('\n')}

## The vocabulary

Names and units of the values of all profiles. A name that ends in \`N\` is a series of names: \`input1\`, \`input2\`.

| name | unit | meaning |
|---|---|---|
${names.join('\n')}
`;
}
