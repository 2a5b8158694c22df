import { nestsDeeper } from '@fairlead/core';

/** Whether a text is a JSON object of at most `depth` levels. */
export function isJsonObject(text: string, depth: number): boolean {
  return text[0] === '{' && isJson(text, depth);
}

/** Whether a text is JSON of at most `depth` levels. */
export function isJson(text: string, depth: number): boolean {
  if (nestsDeeper(text, depth)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
