import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);
import {
  numberValue
} from "./shared-source.js";

// action/src/store/exact-json.ts
var number = /-?\d[\d.eE+-]*/y;
function parseExactJson(text) {
  try {
    JSON.parse(text);
  } catch {
    return void 0;
  }
  const containers = [];
  let name;
  let result = null;
  const add = (value) => {
    const container = containers.at(-1);
    if (container === void 0) result = value;
    else if (container instanceof Map) container.set(name ?? "", value);
    else container.push(value);
    name = void 0;
  };
  for (let at = 0; at < text.length; ) {
    const character = text.charAt(at);
    if (character === '"') {
      const end = endOfString(text, at);
      const string = String(JSON.parse(text.slice(at, end)));
      if (containers.at(-1) instanceof Map && name === void 0) name = string;
      else add(string);
      at = end;
    } else if (character === "{" || character === "[") {
      const container = character === "{" ? /* @__PURE__ */ new Map() : [];
      add(container);
      containers.push(container);
      at += 1;
    } else if (character === "}" || character === "]") {
      containers.pop();
      at += 1;
    } else if (character === "t" || character === "n" || character === "f") {
      add(character === "n" ? null : character === "t");
      at += character === "f" ? 5 : 4;
    } else if (/[-\d]/.test(character)) {
      number.lastIndex = at;
      const [digits = ""] = number.exec(text) ?? [];
      add(numberValue(digits));
      at += digits.length;
    } else {
      at += 1;
    }
  }
  return result;
}
function endOfString(text, start) {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

export {
  parseExactJson
};
