/** An operation of the HTTP API: what the server's route, the OpenAPI document and the client have in common. */
import type { z } from 'zod';
import type { Need, Scope } from './scopes.ts';

export const API_BASE = '/api/v1';

export interface Operation {
  /** The `operationId` of the OpenAPI document. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The whole path; `:name` stands for the parameter `name`. */
  readonly path: `/${string}`;
  readonly tag:
    | 'devices'
    | 'downlinks'
    | 'profiles'
    | 'inbox'
    | 'links'
    | 'captures'
    | 'automation'
    | 'drivers'
    | 'stream'
    | 'access'
    | 'service';
  /** What a request must prove. */
  readonly scope: Need;
  /** Scopes that some keys of the query or of the body need, where they are given. */
  readonly raised?: Readonly<Record<string, Scope>>;
  /** Keys of the body that the audit log keeps: what was asked for, where nothing shows it later. */
  readonly recorded?: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  /**
   * The request names the revision of what it changes, as the header If-Match; `replace`: unless it adds something. The client has it
   * as `revision`.
   */
  readonly revised?: 'always' | 'replace';
  readonly headers?: z.ZodType;
  readonly body?: z.ZodType;
  /** The JSON documents of success, by HTTP status. */
  readonly response?: Readonly<Record<number, z.ZodType>>;
  /** Instead of a JSON document: a body of another type, and the schema of one piece of it. */
  readonly stream?: { readonly type: string; readonly item: z.ZodType; readonly description: string };
  /** Type of a request body that is a stream. */
  readonly consumes?: string;
  /** HTTP statuses of refusals besides 401 and 403. */
  readonly problems?: readonly number[];
}

/** Keeps the exact type of an operation. */
export function operation<const O extends Operation>(operation: O): O {
  return operation;
}
