import {
  inert
} from "./shared-zod.js";

// action/src/pair/declared/mistakes.ts
var named = 20;
function describeMistakes(file, mistakes) {
  const lines = mistakes.slice(0, named).map(({ line, message }) => `${inert(file, 200)}:${line}: ${message}.`);
  const more = mistakes.length - named;
  return [...lines, ...more > 0 ? [`\u2026 and ${more} more.`] : []].join("\n");
}
var inOrder = (mistakes) => [...new Map(mistakes.map((mistake) => [`${mistake.line} ${mistake.message}`, mistake])).values()].sort((a, b) => a.line - b.line);
var quoted = (word) => isName(word) ? `"${word}"` : "what stands here";
var isName = (word) => /^[\w.-]{1,32}$/.test(word);
function placeOf(path) {
  const [section, first, second, third] = path;
  if (section === "accepted" && typeof first === "number") return [`rule ${first + 1}`, ...path.length > 2 ? [dotted(path.slice(2))] : []].join(", ");
  if (section !== "pairs" || first === void 0) return path.length === 0 ? "the file" : dotted(path);
  return dotted(second === "entities" && third !== void 0 ? path.slice(3) : path);
}
var dotted = (path) => path.map((part) => isName(`${part}`) ? `${part}` : "\u2026").join(".");

export {
  describeMistakes,
  inOrder,
  quoted,
  placeOf
};
