/** The pages in the order of the navigation: address, name, and the key that follows `g`. */
import { type ComponentType, type LazyExoticComponent, lazy } from 'react';
import type { WordKey } from '../words/en.ts';

interface Page {
  readonly id: string;
  /** In the syntax of wouter. */
  readonly path: string;
  /** Absent: the page is reached from another one. */
  readonly nav?: { readonly href: string; readonly word: WordKey; readonly key: string };
  readonly component: LazyExoticComponent<ComponentType>;
}

export const pages: readonly Page[] = [
  {
    id: 'overview',
    path: '/',
    nav: { href: '/', word: 'nav.overview', key: 'o' },
    component: lazy(() => import('../pages/overview/overview.tsx')),
  },
  {
    id: 'devices',
    path: '/devices',
    nav: { href: '/devices', word: 'nav.devices', key: 'd' },
    component: lazy(() => import('../pages/devices/devices.tsx')),
  },
  {
    id: 'device',
    path: '/devices/:name/:tab?/:item?',
    component: lazy(() => import('../pages/device/device.tsx')),
  },
  {
    id: 'inbox',
    path: '/inbox',
    nav: { href: '/inbox', word: 'nav.inbox', key: 'i' },
    component: lazy(() => import('../pages/inbox/inbox.tsx')),
  },
  { id: 'inbox-entry', path: '/inbox/:id', component: lazy(() => import('../pages/inbox/entry.tsx')) },
  {
    id: 'links',
    path: '/links',
    nav: { href: '/links', word: 'nav.links', key: 'l' },
    component: lazy(() => import('../pages/links/links.tsx')),
  },
  { id: 'wire', path: '/links/:id/wire', component: lazy(() => import('../pages/wire/wire.tsx')) },
  { id: 'link', path: '/links/:id', component: lazy(() => import('../pages/link/link.tsx')) },
  {
    id: 'profiles',
    path: '/profiles',
    nav: { href: '/profiles', word: 'nav.profiles', key: 'p' },
    component: lazy(() => import('../pages/profiles/profiles.tsx')),
  },
  { id: 'profile', path: '/profiles/:name', component: lazy(() => import('../pages/profiles/profile.tsx')) },
  {
    id: 'notices',
    path: '/notices',
    nav: { href: '/notices', word: 'nav.notices', key: 'n' },
    component: lazy(() => import('../pages/notices/notices.tsx')),
  },
  {
    id: 'captures',
    path: '/captures',
    nav: { href: '/captures', word: 'nav.captures', key: 'w' },
    component: lazy(() => import('../pages/captures/captures.tsx')),
  },
  { id: 'capture', path: '/captures/:id', component: lazy(() => import('../pages/captures/capture.tsx')) },
  {
    id: 'system',
    path: '/system',
    nav: { href: '/system', word: 'nav.system', key: 's' },
    component: lazy(() => import('../pages/system/system.tsx')),
  },
  { id: 'system-bus', path: '/system/bus', component: lazy(() => import('../pages/system/bus.tsx')) },
  { id: 'journal', path: '/system/journal', component: lazy(() => import('../pages/system/journal.tsx')) },
  {
    id: 'listeners',
    path: '/system/listeners',
    component: lazy(() => import('../pages/system/listeners.tsx')),
  },
  { id: 'users', path: '/system/users', component: lazy(() => import('../pages/system/users.tsx')) },
  { id: 'tokens', path: '/system/tokens', component: lazy(() => import('../pages/system/tokens.tsx')) },
  { id: 'audit', path: '/system/audit', component: lazy(() => import('../pages/system/audit.tsx')) },
  { id: 'settings', path: '/system/settings', component: lazy(() => import('../pages/system/settings.tsx')) },
  { id: 'about', path: '/system/about', component: lazy(() => import('../pages/system/about.tsx')) },
];
