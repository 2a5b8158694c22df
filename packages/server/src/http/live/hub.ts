/** The hub of live streams with the limits and the sources of the service. */

import { apiLimits } from '@fairlead/api';
import type { Clock } from '@fairlead/core';
import { serverLimits } from '../../limits.ts';
import { LiveHub, type LiveHubLimits } from '../../live/live-hub.ts';
import type { LogTee } from '../../live/log-tee.ts';
import type { Notices } from '../../live/notices.ts';
import { type MessageSource, openRecords } from '../../live/record-sources.ts';
import type { ApiContext } from '../context.ts';
import { stateOf } from './states.ts';

interface HubSources {
  readonly messages: MessageSource;
  readonly log: LogTee;
  readonly notices: Notices;
  readonly clock: Clock;
}

export function openLiveHub(
  context: Omit<ApiContext, 'hub'>,
  sources: HubSources,
  limits: Partial<LiveHubLimits> = {},
): LiveHub {
  const { clock, version, gateway, changes } = context;
  return new LiveHub({
    clock,
    version,
    limits: { ...usual(), ...limits },
    state: (topic) => stateOf(topic, context),
    records: (topic, push) => openRecords(topic, push, { ...sources, gateway, changes }),
  });
}

function usual(): LiveHubLimits {
  const { values } = serverLimits;
  return {
    streams: values.streams,
    recordTopics: values.liveRecordTopics,
    topics: apiLimits.values.liveTopics,
    topicsOverAll: values.liveTopicsOverAll,
    ring: values.liveRing,
    records: values.liveRecords,
    buffer: values.streamBuffer,
    batch: values.liveBatch,
    look: values.liveLook,
    heartbeat: values.liveHeartbeat,
    resume: values.streamResume,
    recordsPerSecond: values.liveRecordRate,
    sizePerSecond: values.liveRecordBytes,
  };
}
