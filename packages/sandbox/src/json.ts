import { nestsDeeper } from '@fairlead/core';

/** Whether a text is a JSON object of at most `depth` levels. */
export function isJsonObject(text: string, depth: number): boolean {
  if (text[0] !== '{' || nestsDeeper(text, depth)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
