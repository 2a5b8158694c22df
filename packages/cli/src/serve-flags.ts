import type { ConfigFlags } from '@fairlead/server';

export interface ServeOptions {
  readonly config?: string;
  readonly data?: string;
  readonly http?: string;
  readonly mqtt?: string;
  readonly official?: string;
  readonly custom?: string;
  readonly demo?: boolean;
}

/** The configuration from the command line. It overrides the file and the environment. */
export function flagsOf({ data, http, mqtt, official, custom }: ServeOptions): ConfigFlags {
  return {
    data,
    http: { listen: http },
    bus: { embedded: { listen: mqtt } },
    listeners: { official: { listen: official }, custom: { listen: custom } },
  };
}
