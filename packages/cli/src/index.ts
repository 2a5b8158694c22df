export { cliErrors } from './catalogue.ts';
export type { Format } from './command.ts';
export { commandsModule } from './completion-module.ts';
export { cliReference } from './docs.ts';
export { exitMeaning, exitStatus } from './exit.ts';
export { cliLimits } from './limits.ts';
export { run } from './run.ts';
export { type Interruption, processTerminal, type Terminal } from './terminal.ts';
