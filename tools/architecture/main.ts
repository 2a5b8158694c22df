/** Prints the violations of the architecture rules. The exit code is 1 if there are any. */
import { licenceFindings } from './licences.ts';
import { rules } from './rules.ts';
import { readWorkspace } from './workspace.ts';

const packages = readWorkspace('.');
const all = Object.entries(rules).map(([name, rule]) => ({ name, findings: rule(packages) }));
all.push({ name: 'installed packages have a permissive licence', findings: licenceFindings('.') });
for (const { name, findings } of all)
  for (const finding of findings) console.error(`${finding}\n    breaks: ${name}`);
process.exitCode = all.some(({ findings }) => findings.length > 0) ? 1 : 0;
