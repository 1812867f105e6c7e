import {
  groupOf
} from "./shared-calendar.js";
import {
  canonicalText,
  isPrivilegedKey
} from "./shared-json.js";

// action/src/privacy/pseudonyms.ts
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, randomBytes } from "node:crypto";
var ownerOf = (key, shape) => shape.group > 0 ? groupOf(key, shape) : [shape.levels[0]?.name ?? null, ...key];
function shownKey(key, shape, pseudonyms) {
  const parts = shape.key.flatMap(({ name: part, shown }, place) => {
    const value = key[place] ?? null;
    if (shown === "never") return [];
    if (value === null || shown === "plain") return [[part, value]];
    return [[part, typeof shown === "function" ? shownPart(shown, value, pseudonyms) : pseudonyms.name(part, key.slice(0, place + 1))]];
  });
  return Object.fromEntries(parts);
}
function shownPart(shown, part, { name, value }) {
  const how = shown(part);
  if (how === "plain") return part;
  return how === "key" ? name("key", [part]) : value(part, null);
}
function pseudonymKeyOf({ supabaseKey, pseudonymKey }) {
  return pseudonymKey ?? (isPrivilegedKey(supabaseKey) ? supabaseKey : void 0);
}
var passingPseudonyms = "Pseudonyms hold for this run only: no store has a secret key to derive them from, and with a publishable key anyone who has the app could guess names. Set pseudonym-key to a random secret so that pseudonyms stay the same from run to run.";
var digitsOf = (said, part) => {
  const digits = said.startsWith(`${part}-`) ? said.slice(part.length + 1) : "";
  return /^[0-9a-f]{8,32}$/.test(digits) ? digits : void 0;
};
var isPseudonym = (text, part = "child") => digitsOf(text, part) !== void 0;
var lengths = [8, 16, 32];
function createPseudonyms(key, reveal) {
  const secret = createSecretKey(key === void 0 ? randomBytes(32) : Buffer.from(key));
  const hmac = (parts) => createHmac("sha256", secret).update(JSON.stringify(parts));
  const sealing = hmac(["seal"]).digest();
  const canonical = (parts) => parts.map((part) => part && (canonicalText(part) ?? ""));
  const fullName = remember(
    (part, ...parts) => `${part}-${hmac([part, ...canonical(parts)]).digest("hex").slice(0, 32)}`
  );
  const hiddenText = remember(
    (text, ...of) => `text(${[...text].length}, ${hmac(["text", ...canonical(of), text]).digest("hex").slice(0, 8)})`
  );
  const hiddenValue = remember(
    (text, ...of) => `value(${hmac(["value", ...canonical(of), text]).digest("hex").slice(0, 8)})`
  );
  const hide = (text, of) => hiddenText(text, ...of ?? []);
  const met = /* @__PURE__ */ new Map();
  const toMeet = [];
  const named = /* @__PURE__ */ new Map();
  const cut = (full, part, digits) => full.slice(0, part.length + 1 + digits);
  function know(full, part) {
    const start = cut(full, part, lengths[0]);
    const known = met.get(start);
    if (!known) met.set(start, [full]);
    else if (!known.includes(full)) known.push(full);
  }
  function nameOf(full, part) {
    for (let some = toMeet.shift(); some; some = toMeet.shift()) for (const parts of some.all) know(fullName(some.part, ...parts), some.part);
    know(full, part);
    const given = named.get(full);
    if (given !== void 0) return given;
    const others = (met.get(cut(full, part, lengths[0])) ?? []).filter((other) => other !== full);
    const length = lengths.find((digits) => others.every((other) => !other.startsWith(cut(full, part, digits)))) ?? full.length;
    const name = cut(full, part, length);
    named.set(full, name);
    return name;
  }
  const mayBeNamed = (said, part, parts) => digitsOf(said, part) !== void 0 && fullName(part, ...parts).startsWith(said);
  return {
    name: (part, parts) => reveal ? parts.at(-1) ?? "" : nameOf(fullName(part, ...parts), part),
    text: (text, of) => reveal ? text : hide(text, of),
    value: (text, of) => reveal ? text : hiddenValue(text, ...of ?? []),
    naming: reveal ? [hide, (text) => text] : [hide],
    common: (text) => reveal ? text : void 0,
    seal: (text) => reveal ? text : encrypt(sealing, hmac(["seal", text]).digest()),
    open: (sealed) => reveal ? sealed : decrypt(sealing, sealed),
    // With fewer digits than the name has, another one could be meant; with more, none.
    isNamed: (said, part, parts) => reveal && said === parts.at(-1) || mayBeNamed(said, part, parts) && said.length >= nameOf(fullName(part, ...parts), part).length,
    mayBeNamed,
    meet: (part, all) => void toMeet.push({ part, all }),
    // The word is the one that earlier runs hashed with, in issues that are open.
    document: (of) => hmac(["week", ...of]).digest("base64url").slice(0, 5),
    key: hmac(["key"]).digest("base64url").slice(0, 5),
    keyId: key === void 0 ? void 0 : hmac(["key id"]).digest("hex").slice(0, 16)
  };
}
var cipher = "aes-256-gcm";
var [ivBytes, tagBytes] = [12, 16];
function encrypt(key, content) {
  const iv = randomBytes(ivBytes);
  const encrypting = createCipheriv(cipher, key, iv);
  const encrypted = [encrypting.update(content), encrypting.final()];
  return Buffer.concat([iv, encrypting.getAuthTag(), ...encrypted]).toString("base64url");
}
function decrypt(key, sealed) {
  const bytes = Buffer.from(sealed, "base64url");
  if (bytes.length < ivBytes + tagBytes) return void 0;
  const decrypting = createDecipheriv(cipher, key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes }).setAuthTag(
    bytes.subarray(ivBytes, ivBytes + tagBytes)
  );
  const decrypted = decrypting.update(bytes.subarray(ivBytes + tagBytes));
  try {
    return Buffer.concat([decrypted, decrypting.final()]).toString("hex");
  } catch {
    return void 0;
  }
}
var remembered = 1e3;
var short = 200;
function remember(name) {
  const names = /* @__PURE__ */ new Map();
  return (...parts) => {
    const id = JSON.stringify(parts);
    if (id.length > short) return name(...parts);
    const known = names.get(id);
    if (known !== void 0) return known;
    if (names.size >= remembered) names.clear();
    const made = name(...parts);
    names.set(id, made);
    return made;
  };
}

export {
  ownerOf,
  shownKey,
  pseudonymKeyOf,
  passingPseudonyms,
  isPseudonym,
  createPseudonyms
};
