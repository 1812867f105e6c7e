// action/src/privacy/inert.ts
var acting = /[\p{C}\p{Zl}\p{Zp}`|\\]/gu;
var workflowCommand = /:(?=:)|#(?=#\[)/g;
var escapeCharacter = (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
function inert(text, maxLength = 400) {
  const escaped = text.slice(0, maxLength + 1).replace(acting, escapeCharacter).replace(workflowCommand, escapeCharacter);
  if (escaped.length <= maxLength) return escaped;
  const cut = escaped.slice(0, maxLength - 1).replace(/\\(?:u(?:\{[0-9a-f]*)?)?$/, "").replace(/[\uD800-\uDBFF]$/, "");
  return `${cut}\u2026`;
}
var breaking = /[\p{C}\p{Zl}\p{Zp}]/gu;
function oneLine(words, maxLength = 4e3) {
  const line = words.replace(breaking, escapeCharacter).replace(workflowCommand, escapeCharacter);
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1).replace(/[\uD800-\uDBFF]$/, "")}\u2026`;
}
var logLines = (text) => text.split(/\r\n|\n/).map((line) => `  | ${oneLine(line, Infinity)}`.trimEnd());
function inertCode(text, maxLength) {
  const safe = inert(text, maxLength);
  return safe.trim() === "" ? `\`"${safe}"\`` : `\`${safe}\``;
}

export {
  inert,
  oneLine,
  logLines,
  inertCode
};
