/**
 * Revisions of what is saved. Who changes or removes something says which revision was read (`If-Match`), so that nobody overwrites
 * the change of somebody else without seeing it.
 */
import { FairleadError } from '@fairlead/core';
import { serverErrors } from '../catalogue.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The thing that a request changes, as it is saved. */
interface Saved {
  /** As it is written in sentences. */
  readonly kind: string;
  readonly name: string;
  readonly revision: number;
}

/** What a request asks for, beside what is saved. */
interface Versions {
  /** The fields that differ; all that it has, where the request removes it. */
  readonly fields: readonly string[];
  /** What is saved, without secrets. */
  readonly theirs: Fields;
  /** None where the request removes it. */
  readonly yours: Fields;
}

/** REVISION_CONFLICT with both versions, which its problem document shows. */
export class RevisionConflict extends FairleadError {
  readonly versions: Versions;

  constructor({ kind, name, revision }: Saved, { fields, theirs, yours }: Versions) {
    const isRemoval = Object.keys(yours).length === 0;
    const differ = isRemoval ? 'it was not removed' : `different: ${fields.join(', ')}`;
    super('REVISION_CONFLICT', serverErrors.entries.REVISION_CONFLICT, { kind, name, revision, differ });
    const of = (all: Fields) =>
      Object.fromEntries(Object.entries(all).filter(([key]) => fields.includes(key)));
    this.versions = { fields, theirs: of(theirs), yours: of(yours) };
  }
}

/** Throws REVISION_MISSING, where a request should name the revision of what is there. */
export function checkNamesRevision(header: string | undefined, saved: Pick<Saved, 'kind' | 'name'>): void {
  if (header === undefined)
    throw serverErrors.error('REVISION_MISSING', { kind: saved.kind, name: saved.name });
}

/**
 * Whether a request that names this revision has something to do; false: what it asks for is what is saved. Throws REVISION_MISSING,
 * REVISION_CONFLICT, REQUEST_INVALID.
 *
 * @param versions called if somebody else was first
 */
export function hasToChange(header: string | undefined, saved: Saved, versions: () => Versions): boolean {
  checkNamesRevision(header, saved);
  if (matches(header as string, saved.revision)) return true;
  const both = versions();
  if (both.fields.length === 0) return false;
  throw new RevisionConflict(saved, both);
}

/** Throws REVISION_GONE for a change of what is not there, unless the request adds it. */
export function checkAdds(header: string | undefined, saved: Pick<Saved, 'kind' | 'name'>): void {
  if (header !== undefined) throw serverErrors.error('REVISION_GONE', { kind: saved.kind, name: saved.name });
}

/** Strong comparison (RFC 9110): a weak tag fits nothing. */
function matches(header: string, revision: number): boolean {
  if (header.trim() === '*') return true;
  const tags = header.split(',').map((tag) => tag.trim());
  if (!tags.every((tag) => /^(W\/)?"[\x21\x23-\x7e]*"$/.test(tag)))
    throw serverErrors.error('REQUEST_INVALID', {
      where: 'the headers',
      reason: 'If-Match is "*", or the ETag of what was read, such as "17" with its quotes',
    });
  return tags.includes(etagOf(revision));
}

/** The ETag of a revision. */
export const etagOf = (revision: number): string => `"${revision}"`;
