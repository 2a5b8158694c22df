import type { Target } from './target.ts';
export const official: Target = async () => ({ summary: 'todo' });
export const custom: Target = async () => ({ summary: 'todo' });
