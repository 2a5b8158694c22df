import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { rulesJsonSchema } from '../../src/rules/schema.ts';

const file = new URL('../../../../docs/rules.schema.json', import.meta.url);

/** When this fails: node --conditions=fairlead-source packages/automation/test/rules/write-schema.ts */
it('docs/rules.schema.json is what the rules say', () => {
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), JSON.parse(JSON.stringify(rulesJsonSchema())));
});
