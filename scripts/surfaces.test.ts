import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actionsBot } from '../action/test/fakes/github.ts';
import { discordPage, issuePage } from './surfaces.ts';

const issue = {
  number: 7,
  title: 'Drift in <habit-tracker>',
  body: '<!-- hidden -->\n\n🔴 **Drift, critical**\n\n| Level | Legacy |\n| --- | ---: |\n| `weeks` | 24 |\n\n```mermaid\nxychart-beta\n  line [1, 2]\n```',
  state: 'closed' as const,
  stateReason: 'completed' as const,
  labels: ['bug'],
  locked: false,
  isPullRequest: false,
  createdAt: new Date(0),
  updatedAt: new Date(0),
  closedAt: new Date(0),
  author: actionsBot,
  gone: null,
};

test('an issue is drawn with its tables, its diagrams, its own comments and its end', () => {
  const comments = [
    { id: 1, issue: 7, body: 'Back **in sync**', createdAt: new Date(0), author: actionsBot },
    { id: 2, issue: 8, body: 'Of another one', createdAt: new Date(0), author: actionsBot },
  ];
  const page = issuePage(issue, [{ name: 'bug', color: 'd73a4a', description: null }], comments);
  assert.match(page, /<td align="right">24<\/td>/);
  assert.match(page, /<circle [^>]*fill="#dd2e44"\/><\/svg> <strong>Drift, critical<\/strong>/);
  assert.match(page, /<pre class="mermaid">xychart-beta\n {2}line \[1, 2\]/);
  assert.match(page, /Drift in &#60;habit-tracker&#62; <span>#7/);
  assert.match(page, /background: #d73a4a; color: #ffffff">bug/);
  assert.match(page, /Back <strong>in sync<\/strong>/);
  assert.match(page, /closed this as completed/);
  assert.doesNotMatch(page, /Of another one/);
});

test('a message is drawn with everything that was sent', () => {
  const page = discordPage({
    title: 'Drift detected: `habit-tracker`',
    description: '**Drift**\nsecond line',
    color: 0x0b2d20,
    fields: [{ name: 'Links', value: '[Issue #7](https://github.com/example/habits/issues/7)' }],
    footer: { text: 'Seed 1' },
    timestamp: '2026-02-03T06:23:00.000Z',
  });
  assert.match(page, /border-color: #0b2d20/);
  assert.match(page, /<code>habit-tracker<\/code>/);
  assert.match(page, /<strong>Drift<\/strong>\nsecond line/);
  assert.match(page, /<h3>Links<\/h3><p><a href="https:\/\/github.com\/example\/habits\/issues\/7">Issue #7<\/a>/);
  assert.match(page, /Seed 1 • 2026-02-03 06:23/);
});
