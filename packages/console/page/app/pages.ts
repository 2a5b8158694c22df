/** The pages in the order of the navigation: address, name, and the key that follows `g`. */
import { type ComponentType, type LazyExoticComponent, lazy } from 'react';
import type { WordKey } from '../words/en.ts';

export interface Page {
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
];
