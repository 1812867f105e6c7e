import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { canonicalText } from '../document/canonical.ts';
import type { Key } from '../document/document.ts';
import { isPrivilegedKey } from './api-key.ts';

type Child = Pick<Key, 'owner' | 'child'>;

/** How text from the database is named where others can read it. */
export type Pseudonyms = {
  /**
   * `child-` and 8 hex digits, the same for one child in every run; more digits where two children would share those.
   * The name itself when values are revealed.
   */
  child: (owner: string | null, name: string) => string;
  /**
   * `text(<length in code points>, <8 hex digits>)`; the text itself when values are revealed.
   *
   * @param of whose row it stands in: the same text of another child has another pseudonym, so that nobody can try
   * guesses in rows of their own. `null` for what belongs to no child.
   */
  text: (text: string, of: Child | null) => string;
  /** A text that several children have: nothing, since it would tell one of them about the others; itself when values are revealed. */
  common: (text: string) => string | undefined;
  /** The ways in which a file may name a text: by pseudonym, and in the clear when values are revealed. */
  naming: readonly Pseudonyms['text'][];
  /** Whether that is what this child, and no other one that is known, may be called. */
  isChild: (said: string, owner: string | null, name: string) => boolean;
  /** Whether the digits of that pseudonym are those of this child; others may share them. */
  mayBeChild: (said: string, owner: string | null, name: string) => boolean;
  /** Children that are there, before any of them is named: which ones need more digits must not depend on what differs. */
  meet: (children: Iterable<Child>) => void;
  /** Five characters for a week of a child, revealed or not: enough to know it again, too little to tell which. */
  week: (owner: string | null, child: string, week: string) => string;
  /** The same for the same key: what other keys make is not comparable. */
  key: string;
  /** The same, where the key lasts; `undefined` where it was made for this run and nothing of it can be known again. */
  keyId: string | undefined;
};

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
  'Pseudonyms hold for this run only: supabase-key is not a secret or service_role key, so anyone who has the app could use it to guess names. Set pseudonym-key to a random secret so that each child keeps its pseudonym from run to run.';

const pseudonym = /^child-([0-9a-f]{8,32})$/;

export const isPseudonym = (text: string): boolean => pseudonym.test(text);

/** Digits of a child's pseudonym: the least that no other child shares. */
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

  const fullName = remember((owner: string | null, name: string) => hmac(['child', owner, canonicalText(name) ?? '']).digest('hex').slice(0, 32));
  const hiddenText = remember(
    (text: string, owner: string | null, child: string | null) =>
      `text(${[...text].length}, ${hmac(child === null ? ['text', text] : ['text', owner, canonicalText(child) ?? '', text]).digest('hex').slice(0, 8)})`,
  );
  const hide = (text: string, of: Child | null): string => hiddenText(text, of?.owner ?? null, of?.child ?? null);

  /** Full names of the children that are known, by their first digits. */
  const met = new Map<string, string[]>();
  /** Looked at when the first child is named: mostly none is. */
  const toMeet: Iterable<Child>[] = [];
  /** A child that was named keeps its name, whoever else turns up. */
  const named = new Map<string, string>();

  function know(full: string): void {
    const start = full.slice(0, lengths[0]);
    const known = met.get(start);
    if (!known) met.set(start, [full]);
    else if (!known.includes(full)) known.push(full);
  }

  function nameOf(full: string): string {
    for (let children = toMeet.shift(); children; children = toMeet.shift()) for (const { owner, child } of children) know(fullName(owner, child));
    know(full);
    const given = named.get(full);
    if (given !== undefined) return given;
    const others = (met.get(full.slice(0, lengths[0])) ?? []).filter((other) => other !== full);
    const length = lengths.find((digits) => others.every((other) => !other.startsWith(full.slice(0, digits)))) ?? full.length;
    const name = `child-${full.slice(0, length)}`;
    named.set(full, name);
    return name;
  }

  const mayBeChild = (said: string, owner: string | null, name: string): boolean => {
    const [, digits] = pseudonym.exec(said) ?? [];
    return digits !== undefined && fullName(owner, name).startsWith(digits);
  };

  return {
    child: (owner, name) => (reveal ? name : nameOf(fullName(owner, name))),
    text: (text, of) => (reveal ? text : hide(text, of)),
    naming: reveal ? [hide, (text) => text] : [hide],
    common: (text) => (reveal ? text : undefined),
    // With fewer digits than the name has, another child could be meant; with more, none.
    isChild: (said, owner, name) => (reveal && said === name) || (mayBeChild(said, owner, name) && said.length >= nameOf(fullName(owner, name)).length),
    mayBeChild,
    meet: (children) => void toMeet.push(children),
    week: (owner, child, week) => hmac(['week', owner, child, week]).digest('base64url').slice(0, 5),
    key: hmac(['key']).digest('base64url').slice(0, 5),
    keyId: key === undefined ? undefined : hmac(['key id']).digest('hex').slice(0, 16),
  };
}

/** Children and short texts come again from finding to finding; so many are remembered, of so many characters. */
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
