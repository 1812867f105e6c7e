import { median, type Measurement } from './measured.ts';
import { atMost, seconds, type Goal } from './reference.ts';

/** The cost of several parts compared with the whole, each relative to the whole of its round. */
export function goalsOfParts(
  rounds: readonly { whole: Measurement; parts: readonly Measurement[] }[],
  limits: { cpu: number; wall?: number; longest?: number },
  what = 'of the same',
): Goal[] {
  const count = rounds[0]?.parts.length ?? 0;
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const ratio = (key: 'cpuMs' | 'wallMs', of: (numbers: readonly number[]) => number) => ({
    value: median(rounds.map(({ whole, parts }) => of(parts.map((part) => part[key])) / whole[key])),
    from: `${seconds(median(rounds.map(({ parts }) => of(parts.map((part) => part[key])))))} ÷ ${seconds(median(rounds.map(({ whole }) => whole[key])))}`,
  });
  const goal = (said: string, { value, from }: ReturnType<typeof ratio>, limit: number | undefined): Goal[] =>
    limit === undefined ? [] : [atMost(said, value, limit, from)];
  return [
    ...goal(`CPU of ${count} parts ${what}, together ÷ that of the whole`, ratio('cpuMs', sum), limits.cpu),
    ...goal(`time of ${count} parts ${what}, one after the other ÷ that of the whole`, ratio('wallMs', sum), limits.wall),
    ...goal(
      `longest of ${count} parts ${what} ÷ the whole`,
      ratio('wallMs', (times) => Math.max(...times)),
      limits.longest,
    ),
  ];
}
