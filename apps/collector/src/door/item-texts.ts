/**
 * The texts of the items of a JSON array, exactly as they stand there: `1e400`, endless nesting and repeated keys
 * survive, which they would not as values written anew. `json` must be valid JSON; a text that is no array is its own
 * and only item.
 */
export function itemTexts(json: string): string[] {
  const text = json.trim();
  if (!text.startsWith('[')) return [text];
  const items: string[] = [];
  let depth = 0;
  let start = 1;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE:
        i = endOfString(text, i);
        break;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        depth++;
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        depth--;
        break;
      case COMMA:
        if (depth === 1) {
          items.push(text.slice(start, i).trim());
          start = i + 1;
        }
    }
  }
  const last = text.slice(start, -1).trim();
  return last === '' ? items : [...items, last];
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Where the string that begins at `start` ends: at the next quote that no backslash escapes. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    if (end < 0) return text.length;
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return end;
  }
}
