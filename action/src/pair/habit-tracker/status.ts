import { canonicalText } from '../../document/canonical.ts';

/** Statuses that a record can have; a cell without content and `none` mean that there is no record. */
const statuses: ReadonlySet<string> = new Set(['green', 'yellow', 'red']);

/** The status, or `undefined` for any other text. */
export function knownStatus(text: string): string | undefined {
  const status = canonicalText(text) ?? '';
  return statuses.has(status) ? status : undefined;
}
