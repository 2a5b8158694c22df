import { writeFileSync } from 'node:fs';
import { rulesJsonSchema } from '../../src/rules/schema.ts';

writeFileSync(
  new URL('../../../../docs/rules.schema.json', import.meta.url),
  `${JSON.stringify(rulesJsonSchema(), null, 2)}\n`,
);
