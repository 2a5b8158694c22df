import { deviceParams, type MessageView, messageSchema, messagesQuery } from '@fairlead/api';
import { nestsDeeper } from '@fairlead/core';
import type { LoggedMessage } from '@fairlead/store';
import { tcpLimits } from '@fairlead/tcp';
import { z } from 'zod';
import { type Api, type ApiContext, iso } from '../context.ts';
import { existing } from '../devices/routes.ts';
import { problems } from '../problem.ts';

export function messageRoutes(api: Api, context: ApiContext): void {
  api.route({
    method: 'GET',
    url: '/devices/:name/messages',
    schema: {
      tags: ['devices'],
      summary: "List a device's messages, newest first",
      params: deviceParams,
      querystring: messagesQuery,
      response: { 200: z.array(messageSchema), ...problems(400, 404) },
    },
    handler: ({ params, query }) => {
      existing(context, params.name);
      return context.store.messages.list({ ...query, device: params.name }).map(messageView);
    },
  });
}

function messageView({ id, device, kind, time, payload, size }: LoggedMessage): MessageView {
  return { id, device, kind, time: iso(time), values: valuesOf(kind, Buffer.from(payload), size), size };
}

/** What was kept cut is no JSON any more. What is none for another reason is shown as well: one row must not hide the others. */
function valuesOf(kind: LoggedMessage['kind'], payload: Buffer, size: number): unknown {
  if (kind === 'raw') return { hex: payload.toString('hex') };
  const text = payload.toString('utf8');
  if (payload.length < size) return { cut: text };
  if (nestsDeeper(text, tcpLimits.values.jsonDepth)) return { text };
  try {
    return JSON.parse(text);
  } catch {
    return { text };
  }
}
