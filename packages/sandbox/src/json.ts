/** Whether a text is a JSON object of at most `depth` levels. Deeper ones break programs that walk them by recursion. */
export function isJsonObject(text: string, depth: number): boolean {
  if (text[0] !== '{' || isDeeper(text, depth)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Looks at brackets outside strings; what is no JSON is for others to refuse. */
function isDeeper(text: string, most: number): boolean {
  // Each level has two brackets.
  if (text.length < 2 * most) return false;
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (quoted) {
      if (code === 0x5c) i++;
      else if (code === 0x22) quoted = false;
    } else if (code === 0x22) quoted = true;
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > most) return true;
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  return false;
}
