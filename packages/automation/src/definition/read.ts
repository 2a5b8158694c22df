/** Definitions as files: YAML or JSON. */
import { LineCounter, parseDocument } from 'yaml';
import { automationErrors } from '../catalogue.ts';
import { automationLimits } from '../limits.ts';
import type { DefinitionKind } from '../ports.ts';
import { parseRules } from '../rules/parse.ts';
import { checkDefinition } from './schema.ts';

/**
 * The fields of a definition in a file, checked. Of a task or trigger the file is one of rules: mistakes in them are told
 * by line. Throws DEFINITION_INVALID or RULES_INVALID.
 */
export function readDefinition(kind: DefinitionKind, text: string): Record<string, unknown> {
  if (kind === 'task' || kind === 'trigger') parseRules(text, kind);
  const { name: _name, $schema: _schema, ...fields } = readFields(kind, text);
  if ((kind === 'task' || kind === 'trigger') && fields.connection === undefined)
    throw automationErrors.error('DEFINITION_INVALID', { kind, reason: 'it names no "connection"' });
  if (kind === 'task' && fields.enabled !== undefined)
    throw automationErrors.error('DEFINITION_INVALID', { kind, reason: '"enabled" is for triggers' });
  checkDefinition(kind, fields);
  return fields;
}

/** The object in a YAML or JSON text. Throws DEFINITION_INVALID. */
export function readFields(kind: DefinitionKind, text: string): Record<string, unknown> {
  const value = readYaml(kind, text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw automationErrors.error('DEFINITION_INVALID', {
    kind,
    reason: 'fields are expected, "name: value" each',
  });
}

/** A YAML or JSON text. Throws DEFINITION_INVALID with the line. */
export function readYaml(kind: DefinitionKind, text: string): unknown {
  const invalid = (reason: string) => automationErrors.error('DEFINITION_INVALID', { kind, reason });
  if (Buffer.byteLength(text) > automationLimits.values.rulesFile) throw invalid('the text is too long');
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, uniqueKeys: true, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) throw invalid(`line ${lineCounter.linePos(error.pos[0]).line}: ${error.message}`);
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw invalid((cause as Error).message);
  }
}
