/** The static checks: types, lint, format and architecture. They do not run the product. */
import { spawnSync } from 'node:child_process';

const steps: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['types', 'tsc', '-p', '.'],
  ['types of the libraries on Node 22', 'tsc', '-p', 'tsconfig.libraries.json'],
  ['types of the scripts of profiles', 'tsc', '-p', 'tsconfig.profiles.json'],
  ['types of the console', 'tsc', '-p', 'packages/console/tsconfig.page.json'],
  ['lint and format', 'biome', 'check', '--error-on-warnings', '.'],
  ['imports, packages and licences', 'node', 'tools/architecture/main.ts'],
];

const failed: string[] = [];
for (const [name, command, ...args] of steps) {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (error !== undefined)
    console.error(`check: ${command}: ${error.message} (start it with "npm run check")`);
  if (status !== 0) failed.push(name);
  console.error(`check: ${name} ${status === 0 ? 'passed' : `failed (${[command, ...args].join(' ')})`}`);
}
process.exitCode = failed.length === 0 ? 0 : 1;
