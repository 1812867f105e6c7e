import {
  numberValue
} from "./shared-source.js";

// action/src/store/exact-json.ts
var number = /-?\d[\d.eE+-]*/y;
var hasMore = /(?:^|[[:,])\s*-?(?:\d{16}|\d+[.eE]|(?<=-)0)|"\d+"\s*:/;
var deepest = 100;
function valueOf(parsed, depth) {
  if (typeof parsed === "string" || typeof parsed === "boolean") return parsed;
  if (typeof parsed === "number") return numberValue(`${parsed}`);
  if (typeof parsed !== "object" || parsed === null) return null;
  if (depth === deepest) return void 0;
  if (Array.isArray(parsed)) {
    const list = [];
    for (const item of parsed) {
      const value = valueOf(item, depth + 1);
      if (value === void 0) return void 0;
      list.push(value);
    }
    return list;
  }
  const fields = /* @__PURE__ */ new Map();
  for (const name of Object.keys(parsed)) {
    const value = valueOf(parsed[name], depth + 1);
    if (value === void 0) return void 0;
    fields.set(name, value);
  }
  return fields;
}
function parseExactJson(text) {
  let parsed;
  try {
    parsed = JSON.parse(text);
  } catch {
    return void 0;
  }
  if (!hasMore.test(text)) {
    const value = valueOf(parsed, 0);
    if (value !== void 0) return value;
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
  let escape = text.indexOf("\\");
  function endOfString(start) {
    for (let at = start + 1; ; ) {
      const end = text.indexOf('"', at);
      if (escape !== -1 && escape < at) escape = text.indexOf("\\", at);
      if (escape === -1 || escape > end) return end + 1;
      at = escape + 2;
    }
  }
  for (let at = 0; at < text.length; ) {
    const character = text.charAt(at);
    switch (character) {
      case '"': {
        const end = endOfString(at);
        const string = String(JSON.parse(text.slice(at, end)));
        if (name === void 0 && containers.at(-1) instanceof Map) name = string;
        else add(string);
        at = end;
        break;
      }
      case "{":
      case "[": {
        const container = character === "{" ? /* @__PURE__ */ new Map() : [];
        add(container);
        containers.push(container);
        at += 1;
        break;
      }
      case "}":
      case "]":
        containers.pop();
        at += 1;
        break;
      case "t":
      case "n":
        add(character === "n" ? null : true);
        at += 4;
        break;
      case "f":
        add(false);
        at += 5;
        break;
      case ",":
      case ":":
      case " ":
        at += 1;
        break;
      default: {
        number.lastIndex = at;
        const [digits = ""] = number.exec(text) ?? [];
        if (digits !== "") add(numberValue(digits));
        at += digits.length || 1;
      }
    }
  }
  return result;
}

export {
  parseExactJson
};
