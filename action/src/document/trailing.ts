/** Without the character at its end, however often it stands there. A pattern takes the square of how many there are elsewhere in the text. */
export function withoutTrailing(text: string, character: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === character) end -= 1;
  return text.slice(0, end);
}
