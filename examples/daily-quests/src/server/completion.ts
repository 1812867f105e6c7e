import { isDay, isId } from '../names.ts';

/** A completion as a client reports it. */
export type Completion = {
  readonly couple_id: string;
  readonly date: string;
  readonly quest_id: string;
  readonly user_id: string;
  readonly partner_id: string;
  /** ISO 8601 in UTC, with milliseconds. */
  readonly timestamp: string;
};

/** Clocks of phones are ahead now and then. */
const toleratedMs = 5 * 60_000;

/** @returns the completion, or the names of all fields that are wrong */
export function readCompletion(body: Readonly<Record<string, unknown>>, now: number): Completion | { readonly wrong: readonly string[] } {
  const { couple_id, date, quest_id, user_id, partner_id } = body;
  const time = readTime(body['timestamp']);
  const timestamp = time !== undefined && time <= now + toleratedMs ? new Date(time).toISOString() : undefined;
  if (isId(couple_id) && isDay(date) && isId(quest_id) && isId(user_id) && isId(partner_id) && partner_id !== user_id && timestamp !== undefined) {
    return { couple_id, date, quest_id, user_id, partner_id, timestamp };
  }
  const fields: [string, boolean][] = [
    ['couple_id', isId(couple_id)],
    ['date', isDay(date)],
    ['quest_id', isId(quest_id)],
    ['user_id', isId(user_id)],
    ['partner_id', isId(partner_id) && partner_id !== user_id],
    ['timestamp', timestamp !== undefined],
  ];
  return { wrong: fields.flatMap(([name, isRight]) => (isRight ? [] : [name])) };
}

/** ISO 8601 with an offset, in milliseconds; what is finer is cut off. A time without one is another instant on every phone. */
function readTime(text: unknown): number | undefined {
  const [, day, clock, seconds = '00', fraction = '', offset] =
    /^(\d{4}-\d\d-\d\d)T((?:[01]\d|2[0-3]):[0-5]\d)(?::([0-5]\d)(?:[.,](\d+))?)?(Z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)$/.exec(
      typeof text === 'string' ? text : '',
    ) ?? [];
  if (day === undefined || clock === undefined || offset === undefined || !isDay(day)) return undefined;
  const [, sign, hours, minutes = '00'] = /^([+-])(\d\d):?(\d\d)?$/.exec(offset) ?? [];
  const zone = sign === undefined ? 'Z' : `${sign}${hours}:${minutes}`;
  const time = Date.parse(`${day}T${clock}:${seconds}.${fraction.slice(0, 3).padEnd(3, '0')}${zone}`);
  // An offset may lead out of the calendar that Postgres and this page share.
  return time >= Date.parse('0001-01-01T00:00:00Z') && time <= Date.parse('9999-12-31T23:59:59.999Z') ? time : undefined;
}
