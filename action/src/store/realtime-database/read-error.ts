import { againAfter, causeOf, type Cause, type Failure } from '../../http/cause.ts';
import type { Again } from '../../http/retry.ts';
import { asked, sentenceFor, type Host } from '../../http/sentence.ts';
import { ReadError, type TooMuch } from '../errors.ts';

export type FailedRead = Failure<'not-json' | 'too-large'> & {
  /** The path as the file writes it: names of nodes may tell whose they are. */
  readonly path: string;
};

/** Who was asked, for sentences. */
export type Asked = {
  /** Name of the store in the file. */
  readonly store: string;
  readonly isEmulator: boolean;
  /** The token came as it is, so that nobody can renew it. */
  readonly isReadyToken: boolean;
  readonly timeoutMs: number;
  readonly maxBytes: number;
};

const hostOf = ({ store, isEmulator }: Asked): Host => ({
  who: `the Realtime Database of store ${store}`,
  address: isEmulator ? 'FIREBASE_DATABASE_EMULATOR_HOST' : `the url of store ${store}`,
  whenGone: isEmulator ? 'the emulator runs under another name' : 'the database was deleted: compare it with the Firebase console',
  whenDown: isEmulator ? 'look at what the emulator prints, and start it again' : 'run again, and look at the status page of Firebase if it persists',
});

/** @param tries in all, where the answer asks for nothing */
export function againAfterRead(failed: FailedRead, tries: number): Again {
  const cause = causeOf(failed);
  return cause ? againAfter(cause, tries) : { tries };
}

export function tooMuchOf(failed: FailedRead): TooMuch | undefined {
  if (failed.defect === 'too-large') return 'bytes';
  const cause = causeOf(failed);
  if (cause === undefined) return undefined;
  const { kind, status, message } = cause;
  if (kind === 'timeout' || gaveUp(cause)) return 'time';
  return kind === 'said' && (status === 413 || /exceeds the maximum size|payload is too large/i.test(message)) ? 'bytes' : undefined;
}

/** Past the time that it allows, the service answers with a status that says nothing of it, so it is known by its words. */
const gaveUp = ({ kind, message }: Cause): boolean => kind === 'said' && /\btim(?:ed?|ing)[ -]?out\b|\bdeadline\b|\ballotted time\b/i.test(message);

export function readError(failed: FailedRead, who: Asked): ReadError {
  const error = new ReadError(explain(failed, who), failed.thrown === undefined ? undefined : { cause: failed.thrown });
  error.tooMuch = tooMuchOf(failed);
  return error;
}

function explain(failed: FailedRead, who: Asked): string {
  const { path } = failed;
  const cause = causeOf(failed);
  if (cause) return ofService(cause, path, who) ?? sentenceFor(cause, hostOf(who), who.timeoutMs, ` when path ${path} was read`) ?? refusal(cause, path, who);
  if (failed.defect === 'too-large') return tooLarge(path, who);
  return `The answer for path ${path} is not the JSON that a Realtime Database gives. The url of store ${who.store} is the address of something else, or the answer was damaged in transit: check the url, and run again.`;
}

const tooLarge = (path: string, { maxBytes }: Asked): string =>
  `A node at path ${path}, or the list of nodes there, is larger than a run reads at once (${Math.round(maxBytes / 2 ** 20)} MiB), or than the Realtime Database returns at once. Something wrote far too much into it, or the path in the file ends too high up: look for large nodes in the Firebase console, and name the path down to the nodes that are rows.`;

/** What the service says itself: it has no codes, so by its words, and by statuses that only it gives. */
function ofService(cause: Cause, path: string, { store, isReadyToken, ...who }: Asked): string | undefined {
  const { kind, status, message } = cause;
  if (kind === 'limited')
    return `The Realtime Database of store ${store} refuses more requests for now (HTTP 429)${asked(cause)}. Something else uses up its limit: run again later.`;
  if (kind !== 'said') return undefined;
  if (gaveUp(cause)) {
    return `Reading path ${path} took longer than the Realtime Database of store ${store} allows (HTTP ${status}). It is busy, or a node there is large: run again at a quieter time, or name the path down to the nodes that are rows.`;
  }
  if (/lives in a different region/i.test(message)) return ofRegion(message, store);
  // Quota and owner come with more than one status.
  if (status === 402 || /exceeded its quota/i.test(message)) {
    return `The Realtime Database of store ${store} is switched off because a quota is used up (HTTP ${status}). The Spark plan allows 10 GB of downloads a month, and every run downloads what it compares: look at Usage in the Firebase console, and choose the Blaze plan or run less often.`;
  }
  if (status === 423 || /disabled by a database owner/i.test(message))
    return `The Realtime Database of store ${store} was switched off by an owner of the project (HTTP ${status}). Enable it again in the Firebase console, or remove the pair from the file.`;
  if (status === 404 || /invalid firebase database name/i.test(message)) {
    return `There is no Realtime Database at the url of store ${store} (HTTP ${status}). The name is mistyped, or the database was deleted: copy the URL from Realtime Database in the Firebase console.`;
  }
  if (status === 401 && /appcheck/i.test(message)) {
    return `The Realtime Database of store ${store} requires an App Check token (HTTP 401), which only apps have. The credentials are not those of a service account: use one with the role roles/firebasedatabase.viewer.`;
  }
  if (status === 401 && /permission denied/i.test(message)) {
    return `The rules of the Realtime Database of store ${store} do not let path ${path} be read (HTTP 401, permission denied). The token is that of a user of the app, to whom rules apply: use a service account with the role roles/firebasedatabase.viewer, to which they do not.`;
  }
  if (status === 401 || status === 403) {
    return isReadyToken
      ? `The Realtime Database of store ${store} does not accept the token in access-token (HTTP ${status}). Such a token lasts an hour and needs the scopes firebase.database and userinfo.email, and its account needs the role roles/firebasedatabase.viewer: get a new one right before this step, or use credentials.`
      : `The Realtime Database of store ${store} does not accept the account in the credentials (HTTP ${status}). It lacks the role roles/firebasedatabase.viewer in the project of the database, or is of another project: grant the role under IAM in Google Cloud.`;
  }
  if (status === 413 || /exceeds the maximum size|payload is too large/i.test(message)) return tooLarge(path, { store, isReadyToken, ...who });
  return undefined;
}

/** The address that it names is shown only where it is plainly one of such a database. */
function ofRegion(message: string, store: string): string {
  const [url] = /https:\/\/[a-z\d-]{1,63}\.[a-z\d-]{1,40}\.firebasedatabase\.app(?=\/?["'.\s]|\/?$)/.exec(message) ?? [];
  return `The Realtime Database of store ${store} is in a different region than its url says (HTTP 404). Set the url to ${url ?? 'the one that the Firebase console shows'}.`;
}

const refusal = ({ status }: Cause, path: string, { store }: Asked): string =>
  `The Realtime Database of store ${store} refused to give path ${path} (HTTP ${status}). Its url is probably that of something else: compare it with the Firebase console.`;
