// action/src/privacy/api-key.ts
function isPrivilegedKey(key) {
  return key.startsWith("sb_secret_") || claimsOf(key)["role"] === "service_role";
}
function issuedAt(key) {
  const { iat } = claimsOf(key);
  return typeof iat === "number" ? iat * 1e3 : void 0;
}
function claimsOf(key) {
  try {
    const claims = JSON.parse(Buffer.from(key.split(".")[1] ?? "", "base64url").toString());
    return typeof claims === "object" && claims !== null ? { ...claims } : {};
  } catch {
    return {};
  }
}

// action/src/document/json.ts
import { randomUUID } from "node:crypto";
function writeJson(root, style) {
  const open = [];
  let value = root;
  for (; ; ) {
    let text = null;
    if (value !== null && typeof value === "object") {
      const keys = Array.isArray(value) ? void 0 : Object.keys(value);
      open.push({ keys, items: Object.values(value), next: 0, kept: [] });
    } else {
      text = style.leaf(value);
    }
    for (let parent = open.at(-1); ; parent = open.at(-1)) {
      if (!parent) return text;
      if (text !== null) parent.kept.push([parent.keys?.[parent.next - 1] ?? "", text]);
      const item = parent.items[parent.next];
      if (item !== void 0) {
        parent.next += 1;
        value = item;
        break;
      }
      open.pop();
      text = parent.keys ? style.object(parent.kept) : style.list(parent.kept.map(([, kept]) => kept));
    }
  }
}
var plainJson = (value) => writeJson(value, {
  leaf: (leaf) => JSON.stringify(leaf),
  list: (items) => `[${items.join(",")}]`,
  object: (members) => `{${members.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(",")}}`
}) ?? "null";
var special = /\d{16}|\d[.eE]/;
var stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[-+.\deE]*/g;
var mark = `\0${randomUUID()} `;
function readJson(text) {
  try {
    const value = JSON.parse(text);
    if (!special.test(text)) return value;
    return JSON.parse(text.replace(stringOrNumber, (part) => part.startsWith('"') ? part : JSON.stringify(mark + decimal(part))));
  } catch (error) {
    if (error instanceof SyntaxError) return void 0;
    throw error;
  }
}
var numberIn = (text) => text.startsWith(mark) ? text.slice(mark.length) : void 0;
function decimal(source) {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(source) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  if (power >= 0n && power <= 20n) return `${sign}${significant}${"0".repeat(Number(power))}`;
  const before = BigInt(significant.length) + power;
  if (power < 0n && before > 0n) return `${sign}${significant.slice(0, Number(before))}.${significant.slice(Number(before))}`;
  if (power < 0n && before > -6n) return `${sign}0.${"0".repeat(-Number(before))}${significant}`;
  return `${sign}${significant}e${power}`;
}

// action/src/document/canonical.ts
var plain = /^[!-~](?:[ -~]*[!-~])?$/;
var endlessMarks = /[\u0300-\u10ff\u1200-\u2fff\u302a-\u302f\u3099\u309a\ua66f-\uabff\ud7a4-\u{10ffff}]{129}/u;
var toNfc = (text) => composed.test(text) || text.length > 128 && endlessMarks.test(text) ? text : text.normalize("NFC");
var composed = /^[\0-\u02ff]*$/;
function canonicalText(text) {
  if (text === null || text === void 0) return null;
  if (plain.test(text)) return text;
  return toNfc(text).trim() || null;
}
var byKey = ([a, left], [b, right]) => a < b ? -1 : a > b ? 1 : left < right ? -1 : left > right ? 1 : 0;
function canonicalObject(members) {
  const spelled = members.map(([key, text]) => [canonicalText(key) ?? "", text]);
  const times = /* @__PURE__ */ new Map();
  for (const [key] of spelled) times.set(key, (times.get(key) ?? 0) + 1);
  const kept = times.size === spelled.length ? spelled : spelled.map((member, place) => times.get(member[0]) === 1 ? member : members[place] ?? member);
  return kept.length === 0 ? null : `{${kept.toSorted(byKey).map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(",")}}`;
}
var canonical = {
  leaf(value) {
    if (typeof value !== "string") return value === null ? null : String(value);
    const number = numberIn(value);
    if (number !== void 0) return number;
    const text = canonicalText(value);
    return text === null ? null : JSON.stringify(text);
  },
  list: (items) => items.length === 0 ? null : `[${items.join(",")}]`,
  object: canonicalObject
};
function canonicalJson(text) {
  if (text === null || text === void 0 || text === "{}") return null;
  const value = readJson(text);
  return value === void 0 ? void 0 : writeJson(value, canonical);
}

export {
  plainJson,
  toNfc,
  canonicalText,
  canonicalJson,
  isPrivilegedKey,
  issuedAt
};
