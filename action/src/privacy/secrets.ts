/**
 * Which values of inputs may be repeated to a person. A secret that was pasted into the wrong input must not be printed,
 * and what a secret looks like is for every service to decide: so it goes by what is certainly none. Anything with a path,
 * a query or a user name in an address, and anything long that looks as if it had been drawn at random, is not repeated.
 */

/** Shorter ones are in every other word. */
const shortestPart = 8;

/** A secret and what of it gives access on its own: each has to be kept out of the log by itself. */
export function partsOf(secret: string): string[] {
  const url = URL.canParse(secret) ? new URL(secret) : undefined;
  const path = url && /^https?:$/.test(url.protocol) ? [`${url.pathname}${url.search}`] : [];
  const [, token = ''] = /\/webhooks\/[^/]+\/([^/?#]+)/.exec(secret) ?? [];
  const [, signature = ''] = /^eyJ[\w-]*\.[\w-]*\.([\w-]+)$/.exec(secret) ?? [];
  const parts = [...path, token, signature, ...secret.split(/[\r\n]+/).map((line) => line.trim())];
  return [secret, ...parts.filter((part) => part.length >= shortestPart)];
}

/** Beginnings of the keys and tokens that are most likely at hand, however short a piece of one is. */
const knownBeginnings = /sb_secret_|sb_publishable_|\bsbp_|eyJ|\bgh[a-z]_|github_pat_|\bglpat-|\bxox[a-z]-|\bsk-|\bAKIA/;

/** More of an address than its host: where it leads, or who is let in. */
const addressWithMore = /\/\/[^/?#\s]*@|:\/\/[^/?#\s]*(?:\/+[^/\s]|\/*[?#])|\/webhooks\//i;

/** The same where the beginning is missing; what else is written so may be repeated anywhere else. */
const perhapsAddress = /\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?::\d+)?\/+\S|@/i;

const longest = 20;

/** A word that nobody would type: long, and of more than one kind of characters, or of digits alone. */
const looksDrawn = (word: string): boolean =>
  word.length >= longest && ((/\d/.test(word) && /[a-z]/i.test(word)) || (/[a-z]/.test(word) && /[A-Z]/.test(word)) || /^[\d-]+$/.test(word));

/** Whether a value can hardly be anything but a secret, so that it must not be taken where it would be printed. */
export const holdsSecret = (value: string): boolean => knownBeginnings.test(value) || addressWithMore.test(value);

/** Whether a value is surely no secret, nor holds one. */
export const isRepeatable = (value: string): boolean => !holdsSecret(value) && !perhapsAddress.test(value) && !value.split(/[^\w+=~.-]+/).some(looksDrawn);
