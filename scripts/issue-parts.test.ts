import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startStage } from '../action/test/action/stage.ts';
import { loadCase, referenceCase } from '../demo/data.ts';
import { startWorld } from '../action/test/world.ts';
import { root } from '../cli/metadata.ts';

/**
 * The page about reading an issue shows parts of the issue that the action writes for the reference case. With `UPDATE_DOCS=1` they are
 * written again: review the changes before committing them.
 */
const file = join(root, 'docs/reading-an-issue.md');
const shownRows = 6;

/** Replaces what a run says about itself, which is different every time, and links to pages that do not exist. */
const steady = (text: string): string =>
  text
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, '2026-02-03 06:23 UTC')
    .replaceAll(/\[([^\]]+)\]\(https:\/\/github\.com\/example\/habits\/[^)]*\)/g, '$1')
    .replaceAll(/\b9\d{9}\b/g, '1234567890');

/** The parts of a body by name: `Verdict`, `Origin`, what follows them up to the first heading as `Status`, then each heading. */
function partsOf(body: string): Map<string, string[]> {
  const own = body
    .slice(body.indexOf('-->') + 3)
    .replaceAll(/<!--[^]*?-->/g, '')
    .trim();
  const [top = '', ...sections] = own.split(/^### /m);
  const [verdict = '', origin = '', ...status] = top.trim().split('\n\n');
  const parts = new Map([
    ['Verdict', [verdict]],
    ['Origin', origin.split('\n')],
    ['Status', status.join('\n\n').split('\n')],
  ]);
  for (const section of sections) {
    const [heading = '', ...lines] = section.split('\n');
    parts.set(heading.replace(/ at \d{4}.*/, ''), lines.join('\n').trim().split('\n'));
  }
  return parts;
}

/** The first paragraph or list, with all of its nested content; of a table, the first rows. */
function excerpt(lines: readonly string[]): string[] {
  const start = lines.findIndex((line) => line !== '');
  const isNumbered = lines[start]?.startsWith('1. ') ?? false;
  const end = lines.findIndex((line, index) => index > start && line === '' && !(isNumbered && /^(\d+\.|  ) /.test(lines[index + 1] ?? '')));
  const first = lines.slice(start, end === -1 ? undefined : end);
  return first[0]?.startsWith('|') ? first.slice(0, 2 + shownRows) : first;
}

const block = /(<!-- issue: (.+) -->\n)([^]*?)(<!-- \/issue -->)/g;

test('the parts of an issue that are explained are those of the issue that is written', async () => {
  const world = await startWorld();
  const stage = await startStage(world);
  try {
    await loadCase(world, referenceCase());
    await stage.run();
    const parts = partsOf(steady(stage.issue().body ?? ''));
    const page = readFileSync(file, 'utf8');
    assert.ok([...page.matchAll(block)].length >= 5);
    const current = page.replaceAll(block, (_, start: string, name: string, __, end: string) => {
      const lines = parts.get(name);
      assert.ok(lines, `The issue has no part "${name}"; it has ${[...parts.keys()].join(', ')}.`);
      return `${start}\n${excerpt(lines)
        .map((line) => `> ${line}`.trimEnd())
        .join('\n')}\n\n${end}`;
    });
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, current);
    else assert.equal(page, current, 'Run this test with UPDATE_DOCS=1 and look at what changed in docs/reading-an-issue.md.');
  } finally {
    await stage.close();
    await world.close();
  }
});
