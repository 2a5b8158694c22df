export { isNestedDeeper } from './depth.ts';
export { yamlLimits } from './limits.ts';
export {
  formatPath,
  formatPointer,
  type Mistake,
  type Path,
  type Position,
  type Problem,
  parsePath,
  parsePointer,
} from './path.ts';
export { schemaMistakes } from './schema-mistakes.ts';
export { type ReadYaml, readYaml, type YamlText } from './text.ts';
