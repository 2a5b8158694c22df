/** What pages ask the service for, each once for all pages, and how often it is asked again. */
import type { DeviceView, LinkView } from '@fairlead/api';
import { useQuery } from '@tanstack/react-query';
import { api } from './api.ts';
import { heardTime } from './clock.ts';

/** Milliseconds between two questions for what changes all the time. */
const OFTEN = 2_000;
const PAGE = 1_000;
const LINKS = 1_000;

export const useStatus = () =>
  useQuery({
    queryKey: ['status'],
    queryFn: async () => {
      const status = await api.service.status();
      heardTime(Date.parse(status.startedAt) + status.uptime * 1_000);
      return status;
    },
    refetchInterval: OFTEN,
  });

export const useDevices = () =>
  useQuery({ queryKey: ['devices'], queryFn: allDevices, refetchInterval: OFTEN });

export const useDevice = (name: string) =>
  useQuery({
    queryKey: ['device', name],
    queryFn: () => api.devices.get({ params: { name } }),
    refetchInterval: OFTEN,
  });

export const useWhy = (name: string) =>
  useQuery({
    queryKey: ['device', name, 'why'],
    queryFn: () => api.devices.why({ params: { name } }),
    refetchInterval: OFTEN,
  });

export const useMessages = (name: string) =>
  useQuery({
    queryKey: ['device', name, 'messages'],
    queryFn: () => api.messages.list({ params: { name }, query: { limit: 100 } }),
    refetchInterval: OFTEN,
  });

export const useDownlinks = (device: string) =>
  useQuery({
    queryKey: ['device', device, 'downlinks'],
    queryFn: () => api.downlinks.list({ query: { device, limit: 100 } }),
    refetchInterval: OFTEN,
  });

export const useLinks = (device?: string) =>
  useQuery<LinkView[]>({
    queryKey: ['links', device],
    queryFn: () => api.links.list({ query: { limit: LINKS, device } }),
    refetchInterval: OFTEN,
  });

export const useLink = (id: string) =>
  useQuery({
    queryKey: ['link', id],
    queryFn: () => api.links.get({ params: { id } }),
    refetchInterval: OFTEN,
  });

export const useInbox = () =>
  useQuery({ queryKey: ['inbox'], queryFn: () => api.inbox.list(), refetchInterval: OFTEN });

export const useInboxEntry = (id: string) =>
  useQuery({
    queryKey: ['inbox', id],
    queryFn: () => api.inbox.get({ params: { id } }),
    refetchInterval: OFTEN,
  });

async function allDevices(): Promise<DeviceView[]> {
  const all: DeviceView[] = [];
  for (let after: string | undefined; ; ) {
    const page = await api.devices.list({ query: { limit: PAGE, after } });
    all.push(...page);
    if (page.length < PAGE) return all;
    after = page.at(-1)?.name;
  }
}
