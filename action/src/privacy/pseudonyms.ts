import { createHmac, createSecretKey } from 'node:crypto';
import { canonicalText } from '../document/canonical.ts';

/** How text from the database is named where others can read it. */
export type Pseudonyms = {
  /** `child-` and 8 hex digits, the same for one child in every run; the name itself when values are revealed. */
  child: (owner: string | null, name: string) => string;
  /** `text(<length in code points>, <8 hex digits>)`; the text itself when values are revealed. */
  text: (text: string) => string;
  /** Five characters for a week of a child, revealed or not: enough to know it again, too little to tell which. */
  week: (owner: string | null, child: string, week: string) => string;
  /** The same for the same key: what other keys make is not comparable. */
  key: string;
};

/**
 * Pseudonyms from an HMAC-SHA-256 keyed with the Supabase key: stable between runs, and not to be guessed by hashing
 * likely names, since the reader of a public issue does not have the key.
 */
export function createPseudonyms(key: string, reveal: boolean): Pseudonyms {
  const secret = createSecretKey(key, 'utf8');
  const hmac = (parts: readonly (string | null)[]) => createHmac('sha256', secret).update(JSON.stringify(parts));
  const digest = (parts: readonly (string | null)[]): string => hmac(parts).digest('hex').slice(0, 8);
  const marks = {
    week: (owner: string | null, child: string, week: string) => hmac(['week', owner, child, week]).digest('base64url').slice(0, 5),
    key: hmac(['key']).digest('base64url').slice(0, 5),
  };
  if (reveal) return { child: (_owner, name) => name, text: (text) => text, ...marks };

  return {
    ...marks,
    child: remember((owner: string | null, name: string) => `child-${digest(['child', owner, canonicalText(name) ?? ''])}`),
    text: remember((text: string) => `text(${[...text].length}, ${digest(['text', text])})`),
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
