/**
 * Decides which values of inputs may be repeated to a person. A secret that was pasted into the wrong input must not be printed, and every
 * service decides what its secrets look like, so only values that are certainly harmless are repeated: not an address with a path, a query
 * or a user name, and nothing long that looks random.
 */

/** Shorter parts occur in ordinary words. */
const shortestPart = 8;

/** A secret, and the parts of it that give access on their own: each has to be masked separately. */
export function partsOf(secret: string): string[] {
  const url = URL.canParse(secret) ? new URL(secret) : undefined;
  const path = url && /^https?:$/.test(url.protocol) ? [`${url.pathname}${url.search}`] : [];
  const [, token = ''] = /\/webhooks\/[^/]+\/([^/?#]+)/.exec(secret) ?? [];
  const [, signature = ''] = /^eyJ[\w-]*\.[\w-]*\.([\w-]+)$/.exec(secret) ?? [];
  const parts = [...path, token, signature, ...secret.split(/[\r\n]+/).map((line) => line.trim())];
  return [secret, ...parts.filter((part) => part.length >= shortestPart)];
}

/** Prefixes of the most likely keys and tokens, however short the rest is. */
const knownBeginnings = /sb_secret_|sb_publishable_|\bsbp_|eyJ|\bgh[a-z]_|github_pat_|\bglpat-|\bxox[a-z]-|\bsk-|\bAKIA/;

/** An address with more than its host: a path, or credentials. */
const addressWithMore = /\/\/[^/?#\s]*@|:\/\/[^/?#\s]*(?:\/+[^/\s]|\/*[?#])|\/webhooks\//i;

/** The same without the scheme; text like this may be harmless elsewhere, but is not repeated here. */
const perhapsAddress = /\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?::\d+)?\/+\S|@/i;

const longest = 20;

/** A word that nobody would type: long, and of several kinds of characters, or of digits alone. */
const looksDrawn = (word: string): boolean =>
  word.length >= longest && ((/\d/.test(word) && /[a-z]/i.test(word)) || (/[a-z]/.test(word) && /[A-Z]/.test(word)) || /^[\d-]+$/.test(word));

/** Whether a value can hardly be anything but a secret, so that it must be rejected where it would be printed. */
export const holdsSecret = (value: string): boolean => knownBeginnings.test(value) || addressWithMore.test(value);

/** Whether a value certainly neither is nor contains a secret. */
export const isRepeatable = (value: string): boolean => !holdsSecret(value) && !perhapsAddress.test(value) && !value.split(/[^\w+=~.-]+/).some(looksDrawn);
