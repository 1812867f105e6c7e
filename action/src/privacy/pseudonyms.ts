import { createCipheriv, createDecipheriv, createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { canonicalText } from '../document/canonical.ts';
import { groupOf, type Key } from '../document/document.ts';
import type { Shape } from '../document/shape.ts';
import { isPrivilegedKey } from './api-key.ts';

/** How text from the database is named in public output. */
export type Pseudonyms = {
  /**
   * The name of the last of these key parts: the name of the part, as `child-`, and 8 hex digits, the same in every run; more digits where
   * two values would share them. The part itself when values are revealed.
   *
   * @param parts of a key up to the one that is to be named: the same text of another owner has another name
   */
  name: (part: string, parts: Key) => string;
  /**
   * `text(<length in code points>, <8 hex digits>)`; the text itself when values are revealed.
   *
   * @param of the owner (`ownerOf`): the same text elsewhere has another pseudonym, so that nobody can test guesses in their own rows.
   * `null` for text without an owner.
   */
  text: (text: string, of: Key | null) => string;
  /** The same for values that are not text: `value(<8 hex digits>)`. */
  value: (text: string, of: Key | null) => string;
  /**
   * A text that occurs in several groups: `undefined`, since it would tell one group about the others; the text itself when values are
   * revealed.
   */
  common: (text: string) => string | undefined;
  /** The ways in which a file may name a text: by pseudonym, and in plain text when values are revealed. */
  naming: readonly Pseudonyms['text'][];
  /**
   * Encrypts a text so that runs with the same key can compare it, while it looks different each time to everybody else; the text itself
   * when values are revealed.
   */
  seal: (text: string) => string;
  /** What a seal of another run stands for: the same for the same text. `undefined` if another key made it. */
  open: (sealed: string) => string | undefined;
  /** Whether this is the name of these parts, and of no other known ones. */
  isNamed: (said: string, part: string, parts: Key) => boolean;
  /** Whether the digits of this pseudonym are those of these parts; others may share them. */
  mayBeNamed: (said: string, part: string, parts: Key) => boolean;
  /** Registers existing parts before any of them is named: which ones need more digits must not depend on what differs. */
  meet: (part: string, all: Iterable<Key>) => void;
  /** Five characters for a document, revealed or not: enough to recognize it, too little to identify it. */
  document: (key: Key) => string;
  /** Identifies the key: results of different keys are not comparable. */
  key: string;
  /** The same if the key lasts; `undefined` if it was made for this run, so that nothing can be recognized later. */
  keyId: string | undefined;
};

/** The owner of a text in a document: its group, or the document itself if it has no group. */
export const ownerOf = (key: Key, shape: Pick<Shape, 'group' | 'levels'>): Key =>
  shape.group > 0 ? groupOf(key, shape) : [shape.levels[0]?.name ?? null, ...key];

/** The parts of a key that a report shows, in order. */
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

/** A part of a key whose values decide by themselves whether they are shown. It has the same name everywhere. */
export function shownPart(shown: (part: string) => 'plain' | 'key' | 'value', part: string, { name, value }: Pick<Pseudonyms, 'name' | 'value'>): string {
  const how = shown(part);
  if (how === 'plain') return part;
  return how === 'key' ? name('key', [part]) : value(part, null);
}

/**
 * The key of the pseudonyms. A publishable key ships with the app, so anybody who has it could try names until one fits: it is not a
 * secret, and without a secret no lasting key exists.
 *
 * @returns `undefined` if pseudonyms can hold for one run only
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

/** Whether a text is the pseudonym of a key part, as used while values are not revealed. */
export const isPseudonym = (text: string, part = 'child'): boolean => digitsOf(text, part) !== undefined;

/** Lengths of a pseudonym's digits: the shortest that no other one shares is used. */
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

  /** Known full names, by the short name that they share. */
  const met = new Map<string, string[]>();
  /** Processed when the first one is named: usually none is. */
  const toMeet: { readonly part: string; readonly all: Iterable<Key> }[] = [];
  /** Once named, a value keeps its name, whichever others turn up. */
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
    // With fewer digits than the name has, another one could be meant; with more, no name is.
    isNamed: (said, part, parts) =>
      (reveal && said === parts.at(-1)) || (mayBeNamed(said, part, parts) && said.length >= nameOf(fullName(part, ...parts), part).length),
    mayBeNamed,
    meet: (part, all) => void toMeet.push({ part, all }),
    // Earlier runs hashed with this word, and their issues may still be open.
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

/** Names and short texts recur in findings: this many are cached, each up to this many characters. */
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
