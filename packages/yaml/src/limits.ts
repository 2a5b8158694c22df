import { defineLimits } from '@fairlead/core';

/** Default bounds of `@fairlead/yaml`. */
export const yamlLimits = defineLimits('yaml', {
  text: {
    value: 2 ** 24,
    unit: 'bytes',
    meaning: 'Largest text of YAML or JSON. A longer one is refused before it is read.',
  },
  aliases: {
    value: 100,
    unit: 'items',
    meaning: 'Aliases (*name) in a text of YAML. A text with more is refused.',
  },
  nesting: {
    value: 200,
    unit: 'items',
    meaning:
      'Levels of nested lists and maps in a text, and in a definition that is saved. Deeper nesting is refused: RULES_INVALID, DEFINITION_INVALID, and over HTTP REQUEST_INVALID.',
  },
  problems: {
    value: 20,
    unit: 'items',
    meaning: 'Mistakes that one check lists, the first ones in the text.',
  },
});
