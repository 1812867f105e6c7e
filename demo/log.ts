/** Renders an action's output for a terminal, in the way of a GitHub runner. */

export type ShownLog = {
  /** Lines as in the log, with groups folded, without those that only say what a dry run would write. */
  text: string;
  /** Markdown of the issue or comment that would have been written, below a line that announces it. */
  issue: string | undefined;
  /** The Discord message that would have been posted. */
  embed: string | undefined;
};

type Group = { title: string; lines: string[] };

const unescaped = (text: string): string =>
  text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%3A', ':').replaceAll('%2C', ',').replaceAll('%25', '%');

/** @param log the output of the action, including workflow commands */
export function readLog(log: string): ShownLog {
  const shown: string[] = [];
  const writes: Group[] = [];
  const embed: string[] = [];
  let group: Group | undefined;
  for (const line of log.split(/\r?\n/)) {
    const [, command = '', properties = '', message = ''] = /^::([\w-]+)(?: (.*?))?::(.*)$/.exec(line) ?? [];
    if (command === 'group') {
      group = { title: unescaped(message), lines: [] };
    } else if (command === 'endgroup') {
      if (group?.title.startsWith('Dry run: ')) writes.push(group);
      else if (group) shown.push(...folded(group));
      group = undefined;
    } else if (group) {
      group.lines.push(line);
    } else if (command === 'error' || command === 'warning' || command === 'notice') {
      const title = /title=([^,]*)/.exec(properties)?.[1];
      shown.push(`${command[0]?.toUpperCase()}${command.slice(1)}: ${title === undefined ? '' : `${unescaped(title)}: `}${unescaped(message)}`);
    } else if (line.startsWith('Dry run: this embed') || (embed.length > 0 && line.startsWith('  |'))) {
      embed.push(line.replace('Dry run: this', 'This'));
    } else if (command === '') {
      shown.push(line);
    }
  }
  return {
    text: shown.join('\n').trim(),
    issue: writes.length === 0 ? undefined : writes.map(({ title, lines }) => [title.replace('Dry run: ', ''), ...lines].join('\n')).join('\n'),
    embed: embed.length === 0 ? undefined : embed.join('\n'),
  };
}

const foldedLines = 4;

function folded({ title, lines }: Group): string[] {
  const rest = lines.length - foldedLines;
  return [`▾ ${title}`, ...lines.slice(0, foldedLines).map((line) => `  ${line}`), ...(rest > 0 ? [`  … ${rest} more`] : [])];
}

const tableRows = 7;

/**
 * Markdown for a quick look: hidden comments removed, `<details>` closed, long tables shortened.
 *
 * @param longest the number of lines after which the rest is left out too
 */
export function shortened(markdown: string, longest = Number.POSITIVE_INFINITY): string {
  const visible = markdown.replaceAll(/<!--[\s\S]*?-->\n?/g, '').replaceAll(/<details[^>]*>\s*<summary>(.*?)<\/summary>[\s\S]*?<\/details>/g, '▸ $1');
  const lines: string[] = [];
  let rows = 0;
  for (const line of [...visible.split('\n'), '']) {
    const isRow = line.startsWith('|');
    if (!isRow && rows > tableRows) lines.push(`  … ${rows - tableRows} more rows`);
    rows = isRow ? rows + 1 : 0;
    if (rows <= tableRows) lines.push(line);
  }
  const all = lines
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
    .split('\n');
  return all.length <= longest ? all.join('\n') : [...all.slice(0, longest), `… ${all.length - longest} more lines`].join('\n');
}
