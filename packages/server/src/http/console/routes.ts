/** The page of the console: `index.html` at every address that the page answers itself, and its files. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONSOLE_NONCE, CONSOLE_PAGES, consoleFolder } from '@fairlead/console';
import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { serverErrors } from '../../catalogue.ts';
import type { Api } from '../context.ts';

/** Bytes of a nonce. */
const NONCE = 16;

/** Nothing but what this service serves may run, load or show; no other page may frame this one. */
const policyOf = (nonce: string): string =>
  [
    "default-src 'none'",
    "base-uri 'none'",
    "connect-src 'self'",
    "font-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "img-src 'self' blob:",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "worker-src 'self'",
  ].join('; ');

/** @param folder of the built page; undefined: it was not built, which its addresses say */
export async function consoleRoutes(api: Api, folder = consoleFolder()): Promise<void> {
  const page = folder === undefined ? undefined : readFileSync(join(folder, 'index.html'), 'utf8');
  const show = async (_request: FastifyRequest, reply: FastifyReply) => {
    if (page === undefined) throw serverErrors.error('CONSOLE_NOT_BUILT', {});
    const nonce = randomBytes(NONCE).toString('base64');
    return reply
      .type('text/html; charset=utf-8')
      .headers({ 'content-security-policy': policyOf(nonce), 'x-frame-options': 'DENY' })
      .serializer((text: string) => text)
      .send(page.replaceAll(CONSOLE_NONCE, nonce));
  };
  // It shows nothing without a session.
  const config = { scope: 'visitor' } as const;
  for (const url of ['/', ...CONSOLE_PAGES.flatMap((name) => [`/${name}`, `/${name}/*`])])
    api.get(url, { config, schema: { hide: true } as never }, show);
  if (folder === undefined) return;
  await api.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, scope: 'visitor' };
    });
    await scope.register(fastifyStatic, {
      root: join(folder, 'assets'),
      prefix: '/assets/',
      // The name of a file changes with its content.
      immutable: true,
      maxAge: '365d',
      decorateReply: false,
      index: false,
      schemaHide: true,
    });
  });
}
