/** Passwords that a command reads: from a terminal without showing them, or from stdin. Never from an argument, which others can see. */
import { cliErrors } from './catalogue.ts';
import { readInput } from './input.ts';
import type { Terminal } from './terminal.ts';

/** A new password: typed twice on a terminal, otherwise the first line of stdin. Throws PASSWORD_NOT_GIVEN. */
export async function newPassword(terminal: Terminal): Promise<string> {
  const show = terminal.hideInput();
  if (show === undefined) {
    const [line = ''] = (await readInput('-', terminal)).split(/\r?\n/, 1);
    if (line === '') throw cliErrors.error('PASSWORD_NOT_GIVEN', { reason: 'stdin has no first line' });
    return line;
  }
  try {
    const [first, second] = await hiddenLines(terminal, ['New password: ', 'Once more: ']);
    if (first === undefined || second === undefined || first === '')
      throw cliErrors.error('PASSWORD_NOT_GIVEN', { reason: 'nothing was typed' });
    if (first !== second) throw cliErrors.error('PASSWORD_NOT_GIVEN', { reason: 'the two lines differ' });
    return first;
  } finally {
    show();
  }
}

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const CTRL_U = '\u0015';

/** One line for each prompt; fewer if the input ends. A terminal that does not echo also leaves its keys to us. */
async function hiddenLines(terminal: Terminal, prompts: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  const decoder = new TextDecoder();
  let line: string[] = [];
  terminal.err(prompts[0] ?? '');
  for await (const chunk of terminal.stdin) {
    const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    for (const key of text.replaceAll('\r\n', '\r')) {
      if (key === CTRL_C) terminal.interrupt('SIGINT');
      if (key === CTRL_C || (key === CTRL_D && line.length === 0)) return lines;
      if (key === '\u007f' || key === '\b') line.pop();
      else if (key === CTRL_U) line = [];
      else if (key === '\r' || key === '\n') {
        lines.push(line.join(''));
        line = [];
        terminal.err('\n');
        if (lines.length === prompts.length) return lines;
        terminal.err(prompts[lines.length] ?? '');
      } else if (key >= ' ') line.push(key);
    }
  }
  return lines;
}
