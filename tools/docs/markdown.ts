/** A small Markdown reader for the tests of the documentation. */
import { globSync } from 'node:fs';

/** All pages of the repository, by path. */
export function markdownPages(root: string): string[] {
  const places = ['*.md', 'docs/**/*.md', 'packages/*/*.md', 'examples/**/*.md', '{bench,fuzz,e2e}/*.md'];
  return globSync(places, { cwd: root, exclude: (path) => path.endsWith('node_modules') }).sort();
}

export interface Block {
  /** The text after the fence: `ts`, `json`, `sh`. */
  readonly language: string;
  readonly code: string;
  /** Line of the first line of code, from 1. */
  readonly line: number;
}

/** The fenced blocks of code. */
export function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^```(\S*)[^\n]*\n(.*?)^```$/gms)].map((match) => ({
    language: match[1] as string,
    code: match[2] as string,
    line: text.slice(0, match.index).split('\n').length + 1,
  }));
}

/** The link targets of a page, except those in code blocks and code spans. */
export function linksOf(text: string): string[] {
  const prose = text.replaceAll(/^```.*?^```$/gms, '').replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target as string);
}

/** The anchors of the headings of a page, in the format of GitHub. */
export function anchorsOf(text: string): Set<string> {
  const prose = text.replaceAll(/^```.*?^```$/gms, '');
  return new Set(
    [...prose.matchAll(/^#+ +(.*)$/gm)].map(([, title]) =>
      (title as string)
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  );
}
