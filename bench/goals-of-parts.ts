import { median, type Measurement } from './measured.ts';
import { atMost, seconds, type Goal } from './reference.ts';

/** The cost of several parts compared with the whole, each relative to the whole of its round. */
export function goalsOfParts<Of extends Measurement & { bothMs?: number }>(
  rounds: readonly { whole: Of; parts: readonly Of[] }[],
  limits: { cpu: number; both?: number; wall?: number; longest?: number },
  what = 'of the same',
): Goal[] {
  const count = rounds[0]?.parts.length ?? 0;
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const ratio = (key: 'cpuMs' | 'bothMs' | 'wallMs', of: (numbers: readonly number[]) => number) => {
    const known = rounds.map(({ whole, parts }) => ({ whole: whole[key] ?? Number.NaN, parts: of(parts.map((part) => part[key] ?? Number.NaN)) }));
    return {
      value: median(known.map(({ whole, parts }) => parts / whole)),
      from: `${seconds(median(known.map(({ parts }) => parts)))} ÷ ${seconds(median(known.map(({ whole }) => whole)))}`,
    };
  };
  const goal = (said: string, { value, from }: ReturnType<typeof ratio>, limit: number | undefined): Goal[] =>
    limit === undefined ? [] : [atMost(said, value, limit, from)];
  return [
    ...goal(`CPU of ${count} parts ${what}, together ÷ that of the whole`, ratio('cpuMs', sum), limits.cpu),
    ...goal(`CPU of ${count} parts ${what} and of the database, together ÷ that of the whole`, ratio('bothMs', sum), limits.both),
    ...goal(`time of ${count} parts ${what}, one after the other ÷ that of the whole`, ratio('wallMs', sum), limits.wall),
    ...goal(
      `longest of ${count} parts ${what} ÷ the whole`,
      ratio('wallMs', (times) => Math.max(...times)),
      limits.longest,
    ),
  ];
}
