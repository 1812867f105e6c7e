import { count, number } from '../../report/numbers.ts';
import type { Unit } from '../../report/words.ts';
import { shownText } from './data.ts';
import { escapeHtml } from './view.ts';

/** Building blocks of the page's sections. */

/** Rows shown in a table besides the findings; the others are only counted. */
export const shownRows = 50;

export const shown = (text: string, longest = 200): string => escapeHtml(shownText(text, longest));
export const code = (text: string, longest?: number): string => `<code>${shown(text, longest)}</code>`;

export const documents = (total: number, { one, many }: Unit, which = ''): string => count(total, `${which}${one}`, `${which}${many}`);

export const columnHead = (name: string, classes = ''): string => `<th scope="col"${classes && ` class="${classes}"`}>${name}</th>`;

/** A table that scrolls on its own, below the heading that names it. */
export const wideTable = (heading: string, columns: readonly string[], rows: readonly string[]): string =>
  `<div class="scroll" role="group" aria-labelledby="${heading}" tabindex="0"><table>
<thead><tr>${columns.join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>`;

export const moreThan = (rows: number, all: number): string => (all > rows ? `<p class="muted small">… and ${number(all - rows)} more.</p>` : '');
