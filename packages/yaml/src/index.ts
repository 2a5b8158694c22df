export { isDeeper } from './depth.ts';
export { yamlLimits } from './limits.ts';
export {
  type Mistake,
  type Path,
  type Place,
  type Problem,
  pathIn,
  pathOf,
  placeOf,
  pointerOf,
} from './path.ts';
export { schemaMistakes } from './schema-mistakes.ts';
export { type ReadYaml, readYaml, type YamlText } from './text.ts';
