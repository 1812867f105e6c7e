import { createCipheriv, createDecipheriv, createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { canonicalText } from '../document/canonical.ts';
import { groupOf, type Key } from '../document/document.ts';
import type { Shape } from '../document/shape.ts';
import { isPrivilegedKey } from './api-key.ts';

/** How text from the database is named where others can read it. */
export type Pseudonyms = {
  /**
   * What the last of some parts of a key is called: the name of the part, as `child-`, and 8 hex digits, the same in every
   * run; more digits where two would share those. The part itself when values are revealed.
   *
   * @param parts of a key up to the one that is to be named: the same text of another owner has another name
   */
  name: (part: string, parts: Key) => string;
  /**
   * `text(<length in code points>, <8 hex digits>)`; the text itself when values are revealed.
   *
   * @param of whose it is (`ownerOf`): the same text elsewhere has another pseudonym, so that nobody can try guesses in
   * rows of their own. `null` for what belongs to nothing.
   */
  text: (text: string, of: Key | null) => string;
  /** Likewise of what is no text: `value(<8 hex digits>)`. */
  value: (text: string, of: Key | null) => string;
  /** A text that stands in several groups: nothing, since it would tell one of them about the others; itself when values are revealed. */
  common: (text: string) => string | undefined;
  /** The ways in which a file may name a text: by pseudonym, and in the clear when values are revealed. */
  naming: readonly Pseudonyms['text'][];
  /** What stands for a text among runs with the same key, and for everybody else looks different each time; the text itself when values are revealed. */
  seal: (text: string) => string;
  /** What a seal of another run stands for: the same for the same text. `undefined` where another key made it. */
  open: (sealed: string) => string | undefined;
  /** Whether that is what these parts, and no other ones that are known, may be called. */
  isNamed: (said: string, part: string, parts: Key) => boolean;
  /** Whether the digits of that pseudonym are those of these parts; others may share them. */
  mayBeNamed: (said: string, part: string, parts: Key) => boolean;
  /** Parts that are there, before any of them is named: which ones need more digits must not depend on what differs. */
  meet: (part: string, all: Iterable<Key>) => void;
  /** Five characters for a document, revealed or not: enough to know it again, too little to tell which. */
  document: (key: Key) => string;
  /** The same for the same key: what other keys make is not comparable. */
  key: string;
  /** The same, where the key lasts; `undefined` where it was made for this run and nothing of it can be known again. */
  keyId: string | undefined;
};

/** Whose a text is that stands in a document: of what that belongs to, or of the document where it stands alone. */
export const ownerOf = (key: Key, shape: Pick<Shape, 'group' | 'levels'>): Key =>
  shape.group > 0 ? groupOf(key, shape) : [shape.levels[0]?.name ?? null, ...key];

/** The parts of a key that a report shows, in their order. */
export const shownParts = ({ key }: Pick<Shape, 'key'>): readonly string[] => key.filter(({ shown }) => shown !== 'never').map(({ name }) => name);

/** A key as a report shows it: its shown parts, by name. */
export function shownKey(key: Key, shape: Pick<Shape, 'key'>, pseudonyms: Pick<Pseudonyms, 'name' | 'value'>): Record<string, string | null> {
  const parts = shape.key.flatMap(({ name: part, shown }, place): [string, string | null][] => {
    const value = key[place] ?? null;
    if (shown === 'never') return [];
    if (value === null || shown === 'plain') return [[part, value]];
    return [[part, typeof shown === 'function' ? shownPart(shown, value, pseudonyms) : pseudonyms.name(part, key.slice(0, place + 1))]];
  });
  return Object.fromEntries(parts);
}

/** A part of a key whose values say by themselves whether they are shown. It has one name wherever it stands. */
export function shownPart(shown: (part: string) => 'plain' | 'key' | 'value', part: string, { name, value }: Pick<Pseudonyms, 'name' | 'value'>): string {
  const how = shown(part);
  if (how === 'plain') return part;
  return how === 'key' ? name('key', [part]) : value(part, null);
}

/**
 * What pseudonyms are keyed with. A publishable key ships with the app, so that anybody who has it could try names until
 * one fits: it is no secret, and without one there is no key that lasts.
 *
 * @returns `undefined` where pseudonyms can hold for one run only
 */
export function pseudonymKeyOf({ supabaseKey, pseudonymKey }: { supabaseKey: string; pseudonymKey?: string | undefined }): string | undefined {
  return pseudonymKey ?? (isPrivilegedKey(supabaseKey) ? supabaseKey : undefined);
}

export const passingPseudonyms =
  'Pseudonyms hold for this run only: no store has a secret key to derive them from, and with a publishable key anyone who has the app could guess names. Set pseudonym-key to a random secret so that pseudonyms stay the same from run to run.';

const digitsOf = (said: string, part: string): string | undefined => {
  const digits = said.startsWith(`${part}-`) ? said.slice(part.length + 1) : '';
  return /^[0-9a-f]{8,32}$/.test(digits) ? digits : undefined;
};

/** Whether a text is what a part of a key is called while values are not revealed. */
export const isPseudonym = (text: string, part = 'child'): boolean => digitsOf(text, part) !== undefined;

/** Digits of a pseudonym: the least that no other one shares. */
const lengths = [8, 16, 32] as const;

/**
 * Pseudonyms from an HMAC-SHA-256: stable between runs, and not to be guessed by hashing likely names, since the reader of
 * a public issue does not have the key.
 *
 * @param key `undefined` for one that is made for this run and forgotten
 */
export function createPseudonyms(key: string | undefined, reveal: boolean): Pseudonyms {
  const secret = createSecretKey(key === undefined ? randomBytes(32) : Buffer.from(key));
  const hmac = (parts: readonly (string | null)[]) => createHmac('sha256', secret).update(JSON.stringify(parts));

  const sealing = hmac(['seal']).digest();

  const canonical = (parts: Key): Key => parts.map((part) => part && (canonicalText(part) ?? ''));
  const fullName = remember(
    (part: string, ...parts: Key) =>
      `${part}-${hmac([part, ...canonical(parts)])
        .digest('hex')
        .slice(0, 32)}`,
  );
  const hiddenText = remember(
    (text: string, ...of: Key) =>
      `text(${[...text].length}, ${hmac(['text', ...canonical(of), text])
        .digest('hex')
        .slice(0, 8)})`,
  );
  const hiddenValue = remember(
    (text: string, ...of: Key) =>
      `value(${hmac(['value', ...canonical(of), text])
        .digest('hex')
        .slice(0, 8)})`,
  );
  const hide = (text: string, of: Key | null): string => hiddenText(text, ...(of ?? []));

  /** Full names that are known, by what they have in common with the shortest ones. */
  const met = new Map<string, string[]>();
  /** Looked at when the first one is named: mostly none is. */
  const toMeet: { readonly part: string; readonly all: Iterable<Key> }[] = [];
  /** What was named keeps its name, whoever else turns up. */
  const named = new Map<string, string>();

  const cut = (full: string, part: string, digits: number): string => full.slice(0, part.length + 1 + digits);

  function know(full: string, part: string): void {
    const start = cut(full, part, lengths[0]);
    const known = met.get(start);
    if (!known) met.set(start, [full]);
    else if (!known.includes(full)) known.push(full);
  }

  function nameOf(full: string, part: string): string {
    for (let some = toMeet.shift(); some; some = toMeet.shift()) for (const parts of some.all) know(fullName(some.part, ...parts), some.part);
    know(full, part);
    const given = named.get(full);
    if (given !== undefined) return given;
    const others = (met.get(cut(full, part, lengths[0])) ?? []).filter((other) => other !== full);
    const length = lengths.find((digits) => others.every((other) => !other.startsWith(cut(full, part, digits)))) ?? full.length;
    const name = cut(full, part, length);
    named.set(full, name);
    return name;
  }

  const mayBeNamed = (said: string, part: string, parts: Key): boolean => digitsOf(said, part) !== undefined && fullName(part, ...parts).startsWith(said);

  return {
    name: (part, parts) => (reveal ? (parts.at(-1) ?? '') : nameOf(fullName(part, ...parts), part)),
    text: (text, of) => (reveal ? text : hide(text, of)),
    value: (text, of) => (reveal ? text : hiddenValue(text, ...(of ?? []))),
    naming: reveal ? [hide, (text) => text] : [hide],
    common: (text) => (reveal ? text : undefined),
    seal: (text) => (reveal ? text : encrypt(sealing, hmac(['seal', text]).digest())),
    open: (sealed) => (reveal ? sealed : decrypt(sealing, sealed)),
    // With fewer digits than the name has, another one could be meant; with more, none.
    isNamed: (said, part, parts) =>
      (reveal && said === parts.at(-1)) || (mayBeNamed(said, part, parts) && said.length >= nameOf(fullName(part, ...parts), part).length),
    mayBeNamed,
    meet: (part, all) => void toMeet.push({ part, all }),
    // The word is the one that earlier runs hashed with, in issues that are open.
    document: (of) =>
      hmac(['week', ...of])
        .digest('base64url')
        .slice(0, 5),
    key: hmac(['key']).digest('base64url').slice(0, 5),
    keyId: key === undefined ? undefined : hmac(['key id']).digest('hex').slice(0, 16),
  };
}

const cipher = 'aes-256-gcm';
const [ivBytes, tagBytes] = [12, 16] as const;

function encrypt(key: Buffer, content: Buffer): string {
  const iv = randomBytes(ivBytes);
  const encrypting = createCipheriv(cipher, key, iv);
  const encrypted = [encrypting.update(content), encrypting.final()];
  return Buffer.concat([iv, encrypting.getAuthTag(), ...encrypted]).toString('base64url');
}

function decrypt(key: Buffer, sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < ivBytes + tagBytes) return undefined;
  const decrypting = createDecipheriv(cipher, key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes }).setAuthTag(
    bytes.subarray(ivBytes, ivBytes + tagBytes),
  );
  const decrypted = decrypting.update(bytes.subarray(ivBytes + tagBytes));
  try {
    return Buffer.concat([decrypted, decrypting.final()]).toString('hex');
  } catch {
    return undefined;
  }
}

/** Names and short texts come again from finding to finding; so many are remembered, of so many characters. */
const remembered = 1000;
const short = 200;

function remember<Parts extends readonly (string | null)[]>(name: (...parts: Parts) => string): (...parts: Parts) => string {
  const names = new Map<string, string>();
  return (...parts) => {
    const id = JSON.stringify(parts);
    if (id.length > short) return name(...parts);
    const known = names.get(id);
    if (known !== undefined) return known;
    if (names.size >= remembered) names.clear();
    const made = name(...parts);
    names.set(id, made);
    return made;
  };
}
