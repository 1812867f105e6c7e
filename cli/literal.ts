/** `'…'`, or `E'…'` with escapes for characters that a terminal or an editor would not show as they are. */
export function literal(text: string | null): string {
  if (text === null) return 'null';
  const quoted = text.replaceAll("'", "''");
  if (!/[\p{C}\p{Zl}\p{Zp}\\]/u.test(text)) return `'${quoted}'`;
  const escaped = quoted.replaceAll('\\', '\\\\').replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
  });
  return `E'${escaped}'`;
}
