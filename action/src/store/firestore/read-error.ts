import { againAfter, causeOf, type Cause, type Failure } from '../../http/cause.ts';
import type { Again } from '../../http/retry.ts';
import { asked, sentenceFor, type Host } from '../../http/sentence.ts';
import { ReadError, type TooMuch } from '../errors.ts';

export type FailedRead = Failure<Defect> & {
  /** What was read, such as `collection posts`. */
  readonly what: string;
  /** The error came at the end of an answer that had begun well. */
  readonly isCut?: boolean;
};

type Defect = 'not-json' | 'unexpected' | 'unknown-value' | 'truncated' | 'not-advancing' | 'too-large';

/** Who was asked, for sentences. */
export type Asked = {
  /** Name of the store in the file. */
  readonly store: string;
  /** What holds the address. */
  readonly address: string;
  readonly isEmulator: boolean;
  /** The token came as it is, so that nobody can renew it. */
  readonly isReadyToken: boolean;
  readonly timeoutMs: number;
  readonly maxBytes: number;
};

const hostOf = ({ address, isEmulator }: Asked): Host => ({
  who: 'Firestore',
  address,
  whenGone: isEmulator ? 'the emulator runs under another name' : 'this runner has no name server that knows it',
  whenDown: isEmulator ? 'look at what the emulator prints, and start it again' : 'run again, and look at the status page of Google Cloud if it persists',
});

/** @param tries in all, where the answer asks for nothing */
export function againAfterRead(failed: FailedRead, tries: number): Again {
  const cause = causeOf(failed);
  if (!cause) return { tries };
  // What a day or a minute allows is not there again after some seconds.
  if (cause.code === 'RESOURCE_EXHAUSTED' && cause.waitMs === undefined) return { tries, isLimited: true };
  return againAfter(cause, tries);
}

export function tooMuchOf(failed: FailedRead): TooMuch | undefined {
  if (failed.defect === 'too-large') return 'bytes';
  return causeOf(failed)?.code === 'DEADLINE_EXCEEDED' ? 'time' : undefined;
}

/** Whether an index is missing that such a question needs. */
export function lacksIndex(failed: FailedRead): boolean {
  const { code, message } = causeOf(failed) ?? { code: '', message: '' };
  return code === 'FAILED_PRECONDITION' && /\bindex\b/i.test(message);
}

export function readError(failed: FailedRead, who: Asked): ReadError {
  const error = new ReadError(explain(failed, who), failed.thrown === undefined ? undefined : { cause: failed.thrown });
  error.tooMuch = tooMuchOf(failed);
  return error;
}

function explain(failed: FailedRead, who: Asked): string {
  const { what, defect, isCut } = failed;
  const cause = causeOf(failed);
  if (!cause) return ofDefect(defect ?? 'unexpected', what, who);
  const said = cause.kind === 'said' || cause.kind === 'limited' ? ofService(cause, what, who) : undefined;
  if (said !== undefined) return said;
  if (isCut) {
    return `Firestore broke off the answer for ${what} with an error (HTTP ${cause.status}${named(cause)}), so it is not complete. It is overloaded, or something in it failed: ${hostOf(who).whenDown}.`;
  }
  return sentenceFor(cause, hostOf(who), who.timeoutMs, ` when ${what} was read`) ?? refusal(cause, what, who);
}

const named = ({ code }: Cause): string => (/^[A-Z_]{3,30}$/.test(code) ? `, ${code}` : '');

/** What Firestore says itself, by its status, and by its words where they tell more. */
function ofService(cause: Cause, what: string, { store, isReadyToken }: Asked): string | undefined {
  const { code, message, status } = cause;
  switch (code || status) {
    case 'UNAUTHENTICATED':
    case 401:
      return isReadyToken
        ? `Firestore does not accept the access token of store ${store} (HTTP 401). Such a token lasts an hour at most and is for one purpose: let the step before this one get a new one, with the scope https://www.googleapis.com/auth/datastore, or use credentials.`
        : `Firestore does not accept the token that it gave for the credentials of store ${store} (HTTP 401). The service account was deleted or disabled in the meantime, or the clock of this runner is wrong: look at the service account in Google Cloud.`;
    case 'PERMISSION_DENIED':
    case 403:
      return ofPermission(message, store);
    case 'NOT_FOUND':
    case 404:
      return `There is no such database for store ${store} (HTTP 404). The project has no Firestore, or its database has another name, or it was deleted: compare project and database in the file with the list of databases in Google Cloud.`;
    case 'FAILED_PRECONDITION':
      return ofPrecondition(message, what, store);
    case 'RESOURCE_EXHAUSTED':
    case 429:
      return `Firestore refuses more reads for store ${store} (HTTP ${status})${asked(cause)}. A quota is used up, which without billing is 50,000 documents a day: run again tomorrow, read less (mode: sample, read-budget), or turn on billing for the project.`;
    case 'DEADLINE_EXCEEDED':
      return `Reading ${what} took longer than Firestore allows (DEADLINE_EXCEEDED). It is busy, or the documents are large: run again at a quieter time.`;
    default:
      return undefined;
  }
}

function ofPermission(message: string, store: string): string {
  if (/has not been used|is disabled|SERVICE_DISABLED|not enabled/i.test(message)) {
    return `The Cloud Firestore API is turned off in the project of store ${store} (HTTP 403). It was never used there, or project in the file is another one: correct it, or turn the API on (APIs & Services > Enable APIs).`;
  }
  if (/billing/i.test(message)) {
    return `The project of store ${store} has no working billing, and its database needs it (HTTP 403). The account was closed or a bill is open: look at Billing in Google Cloud.`;
  }
  return `The credentials of store ${store} may not read its database (HTTP 403). The service account lacks the role Cloud Datastore Viewer (roles/datastore.viewer) in this project, or project in the file is another one: grant the role under IAM, or correct the project.`;
}

function ofPrecondition(message: string, what: string, store: string): string | undefined {
  if (/datastore mode|mongo/i.test(message)) {
    return `The database of store ${store} is not Firestore in native mode, the only mode that is supported. It is in Datastore mode or has MongoDB compatibility, or is not the one you meant: correct project and database in the file.`;
  }
  if (/read[_ ]?time|too old/i.test(message)) {
    return `The state of ${what} that this run began with can no longer be read: Firestore keeps it for an hour. The run took too long, or the clock of the database was set: run again, with a smaller time-budget-seconds.`;
  }
  return undefined;
}

/**
 * A question that only an index can answer.
 *
 * @param collection id of the collection
 * @param field as the file writes it
 */
export const missingIndex = (collection: string, field: string): ReadError =>
  new ReadError(
    `Recent writes in the collection group ${collection} cannot be queried: an index is missing, or is still being built. Add a single-field index exemption for collection ${collection} and field ${field} with the scope collection group, ascending (Firestore > Indexes > Single field), and run again once it is there.`,
  );

function ofDefect(defect: Defect, what: string, { maxBytes, address }: Asked): string {
  switch (defect) {
    case 'not-json':
      return `The answer for ${what} is not the JSON that Firestore gives. Something else answers at ${address}, or the answer was damaged in transit: check the address, and run again.`;
    case 'unexpected':
      return `The answer for ${what} does not have the shape that Firestore gives. Something else answers at ${address}, or changes what it answers: check the address, and look for a proxy in between.`;
    case 'unknown-value':
      return `A document in ${what} holds a kind of value that this version does not know, so it cannot be compared. Firestore has added a type: use the newest release of the action.`;
    case 'truncated':
      return `More or fewer documents of ${what} were read than Firestore counts at the same moment, so nothing can be concluded. Something between this runner and Firestore changes its answers: look for a proxy, and run again.`;
    case 'not-advancing':
      return `Reading ${what} page by page does not advance: what answers at ${address} ignores where the next page should start. Check that it is Firestore or its emulator.`;
    case 'too-large':
      return `The answer for ${what} is larger than ${Math.round(maxBytes / 2 ** 20)} MiB, which is more than a run reads at once, although one document was asked for. Something between this runner and Firestore answers without end: look for a proxy, and run again.`;
  }
}

const refusal = (cause: Cause, what: string, { store }: Asked): string =>
  `Firestore refused to read ${what} (HTTP ${cause.status}${named(cause)}). The file may name a project or database that cannot exist, for store ${store}: correct it, and report this sentence if they are right.`;
