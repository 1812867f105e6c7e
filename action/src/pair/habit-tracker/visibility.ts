import type { LevelCount } from '../../report/report.ts';
import type { Sight } from '../pair.ts';

/** A key that row-level security applies to may not see rows that exist. */
export const createSight = (privileged: boolean): Sight => ({
  troubleWithEmpty: (legacyRows, normalizedRows) => troubleWithEmptySides(legacyRows, normalizedRows, privileged),
  troubleWithSeen: (seen) => (privileged ? undefined : troubleWithHiddenLevel(seen)),
});

const checkRowSecurity =
  "Row-level security may hide the rows from this key: use a secret key (sb_secret_…) or the service_role key, or compare select count(*) from habit_tracker and select count(*) from weeks in the SQL editor, and look at select relname, relrowsecurity from pg_class where relname in ('habit_tracker', 'children', 'weeks', 'habits', 'habit_records').";

function troubleWithEmptySides(legacyRows: number, normalizedRows: number, privileged: boolean): string | undefined {
  if (legacyRows === 0 && normalizedRows === 0) {
    return `Both sides are empty: there is nothing to compare, or the key sees nothing. ${checkRowSecurity}`;
  }
  if (privileged || (legacyRows > 0 && normalizedRows > 0)) return undefined;
  const [empty, other] = legacyRows === 0 ? ['habit_tracker', 'weeks'] : ['weeks', 'habit_tracker'];
  return `Table ${empty} shows no row while ${other} has some, and the key is not a secret or service_role key, so there may be rows that it cannot see. ${checkRowSecurity}`;
}

function troubleWithHiddenLevel(seen: readonly LevelCount[]): string | undefined {
  const hidden = seen.find((level) => level.expected > 0 && level.normalized === 0);
  return (
    hidden &&
    `The normalized side shows no ${hidden.level} at all while the legacy side implies some, and the key is not a secret or service_role key, so there may be some that it cannot see. ${checkRowSecurity}`
  );
}
