import { isNestedDeeper, yamlLimits } from '@fairlead/yaml';
import { automationErrors } from '../catalogue.ts';
import type { DefinitionKind } from '../ports.ts';

/** Throws DEFINITION_INVALID for a value that is nested too deeply to walk through. */
export function checkNesting(kind: DefinitionKind, fields: unknown): void {
  const { nesting } = yamlLimits.values;
  if (!isNestedDeeper(fields, nesting)) return;
  throw automationErrors.error('DEFINITION_INVALID', {
    kind,
    reason: `it is nested deeper than ${nesting} levels`,
  });
}
