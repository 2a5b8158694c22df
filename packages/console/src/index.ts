/**
 * Where the built page of the console is: `index.html`, and `assets/` with files whose names change with their content.
 * `vite build` makes it from `page/`; see `CONSOLE_NONCE` for what the server must put in.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Stands in `index.html` where the server puts the nonce of its content-security policy, a new one for each answer. */
export const CONSOLE_NONCE = '__CSP_NONCE__';

/** First parts of the addresses that the page answers itself, besides `/`. */
export const CONSOLE_PAGES = [
  'captures',
  'devices',
  'inbox',
  'links',
  'notices',
  'profiles',
  'system',
] as const;

/** The folder of the built page; undefined if it has not been built. */
export function consoleFolder(): string | undefined {
  const folder = fileURLToPath(new URL('../dist/page/', import.meta.url));
  return existsSync(`${folder}index.html`) ? folder : undefined;
}
