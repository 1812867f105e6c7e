import { stripVTControlCharacters, styleText } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';
import { inert } from '../action/src/privacy/inert.ts';
import type { Severity } from '../action/src/report/report.ts';

/** Results go to standard output, so that they can be piped; progress and errors go to standard error. */
export const print = (...lines: readonly string[]): void => void process.stdout.write(`${lines.join('\n')}\n`);

/** The same JSON wherever it is read, and on a terminal no control character of what is in a database. */
export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2).replace(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu, escaped));

const escaped = (character: string): string =>
  Array.from({ length: character.length }, (_, place) => `\\u${character.charCodeAt(place).toString(16).padStart(4, '0')}`).join('');

/** Colours and styles on a terminal that supports them (NO_COLOR), plain text elsewhere. */
export const paint = (style: Parameters<typeof styleText>[0], text: string): string => styleText(style, text, { stream: process.stdout });

const severityStyles: Readonly<Record<Severity, Parameters<typeof styleText>[0]>> = {
  none: 'green',
  low: 'yellow',
  medium: 'yellow',
  high: ['bold', 'yellow'],
  critical: ['bold', 'red'],
};
export const paintSeverity = (severity: Severity, text: string = severity): string => paint(severityStyles[severity], text);

/** Text of any origin as one harmless line of a table. */
export const cell = (text: string | number | null, maxLength = 60): string => (text === null ? '–' : inert(String(text), maxLength));

const wide = /^[\p{Script=Hangul}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff01-\uff60\p{Emoji_Presentation}]|\ufe0f/u;
const graphemes = new Intl.Segmenter();

/** How many columns the text takes on a terminal. */
const width = (text: string): number =>
  [...graphemes.segment(stripVTControlCharacters(text))].reduce((sum, { segment }) => sum + (wide.test(segment) ? 2 : 1), 0);

/** Lines of a table. A heading that ends in `#` belongs to a column of numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const names = head.map((name) => name.replace(/#$/, ''));
  const widths = names.map((name, column) => Math.max(width(name), ...rows.map((row) => width(row[column] ?? ''))));
  const line = (cells: readonly string[]): string =>
    cells
      .map((text, column) => {
        const gap = ' '.repeat(Math.max(0, (widths[column] ?? 0) - width(text)));
        return head[column]?.endsWith('#') ? gap + text : text + gap;
      })
      .join('  ')
      .trimEnd();
  return [paint('dim', line(names)), ...rows.map(line)];
}

/** Shows progress: phases as lines, and long work as a bar on a terminal. */
export type Progress = {
  readonly phase: (sentence: string) => void;
  readonly advance: (done: number, total: number) => void;
  readonly end: () => void;
};

/** @param quiet for programs: prints nothing */
export function createProgress(quiet: boolean): Progress {
  const shown = !quiet && process.stderr.isTTY;
  let bar: SingleBar | undefined;
  const end = () => {
    bar?.stop();
    bar = undefined;
  };
  return {
    end,
    phase(sentence) {
      end();
      if (!quiet) process.stderr.write(`${sentence}\n`);
    },
    advance(done, total) {
      if (!shown || total <= 0) return;
      if (!bar) {
        bar = new SingleBar(
          { format: '{bar} {percentage}% | {value} of {total} | {eta_formatted} left', stream: process.stderr, clearOnComplete: true, hideCursor: true },
          Presets.shades_classic,
        );
        bar.start(Math.round(total), 0);
      }
      bar.setTotal(Math.round(total));
      bar.update(Math.round(done));
    },
  };
}
