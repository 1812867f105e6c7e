import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { marked } from 'marked';
import type { DiscordEmbed } from '../action/test/fakes/discord.ts';
import type { StoredComment, StoredIssue, StoredLabel } from '../action/test/fakes/github.ts';
import { root } from '../cli/metadata.ts';

/** Renders what the action has sent to GitHub and Discord, as pages to look at. */

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const circles: ReadonlyMap<string, string> = new Map([
  ['🔴', '#dd2e44'],
  ['🟠', '#f4900c'],
  ['🟡', '#fdcb58'],
  ['🟢', '#78b159'],
  ['⚪', '#e6e7e8'],
]);

/** The browser that takes the pictures has no font with these. */
const withCircles = (html: string): string =>
  html.replaceAll(
    /[🔴🟠🟡🟢⚪]/gu,
    (circle) =>
      `<svg width="1em" height="1em" viewBox="0 0 36 36" style="vertical-align: -.1em"><circle cx="18" cy="18" r="18" fill="${circles.get(circle)}"/></svg>`,
  );

const page = (title: string, style: string, body: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escapeHtml(title)}</title><style>${style}</style><body>${withCircles(body)}</body></html>`;

/** GitHub's own style for Markdown. */
const markdownStyle = (): string => readFileSync(join(root, 'node_modules/github-markdown-css/github-markdown-light.css'), 'utf8');

/** GitHub draws these blocks; the same script does it here. */
const withDiagrams = (html: string): string => html.replaceAll(/<pre><code class="language-mermaid">([^]*?)<\/code><\/pre>/g, '<pre class="mermaid">$1</pre>');

const rendered = (markdown: string): string => withDiagrams(marked.parse(markdown, { gfm: true, async: false }));

/** The text colour on a label of this colour. */
function inkOn(colour: string): string {
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  return red * 0.299 + green * 0.587 + blue * 0.114 > 150 ? '#1f2328' : '#ffffff';
}

const issueStyle = `
body { margin: 0; padding: 24px; background: #fff; color: #1f2328; font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; }
h1.title { font-size: 26px; font-weight: 400; margin: 0 0 8px; } h1.title span { color: #59636e; }
.meta { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; margin-bottom: 16px; }
.state { color: #fff; border-radius: 2em; padding: 5px 12px; font-weight: 500; margin-right: 4px; } .open { background: #1f883d; } .closed { background: #8250df; }
.label { border-radius: 2em; padding: 0 8px; font-size: 12px; font-weight: 500; line-height: 20px; }
.box { border: 1px solid #d1d9e0; border-radius: 6px; margin-bottom: 16px; }
.box > p { background: #f6f8fa; border-bottom: 1px solid #d1d9e0; border-radius: 6px 6px 0 0; margin: 0; padding: 8px 16px; color: #59636e; } .box b { color: #1f2328; font-weight: 600; }
.markdown-body { padding: 16px; font-size: 14px; }
.markdown-body.cut { max-height: 560px; overflow: hidden; mask-image: linear-gradient(#000 75%, transparent); }
.note { color: #59636e; margin: 0 0 16px 16px; }
.mermaid { background: none !important; text-align: center; }
`;

/**
 * The page of an issue: title, state, labels, body and comments. Of a closed issue, only the beginning of the body, to see how it ended.
 */
export function issuePage(issue: StoredIssue, labels: readonly StoredLabel[], comments: readonly StoredComment[]): string {
  const chips = issue.labels.map((name) => {
    const { color = 'ededed' } = labels.find((label) => label.name === name) ?? {};
    return `<span class="label" style="background: #${escapeHtml(color)}; color: ${inkOn(color)}">${escapeHtml(name)}</span>`;
  });
  const box = (does: string, body: string, cut = ''): string =>
    `<div class="box"><p><b>github-actions</b> bot ${does}</p><div class="markdown-body ${cut}">${rendered(body)}</div></div>`;
  const own = comments.filter((comment) => comment.issue === issue.number).map(({ body }) => box('commented', body));
  const end = issue.state === 'closed' ? `<p class="note"><b>github-actions</b> bot closed this as ${escapeHtml(issue.stateReason ?? 'completed')}</p>` : '';
  return page(
    issue.title,
    markdownStyle() + issueStyle,
    `<h1 class="title">${escapeHtml(issue.title)} <span>#${issue.number}</span></h1>
<div class="meta"><span class="state ${issue.state}">${issue.state === 'open' ? 'Open' : 'Closed'}</span>${chips.join('')}</div>
${box('opened this issue', issue.body ?? '', issue.state === 'closed' ? 'cut' : '')}${own.join('')}${end}`,
  );
}

const discordStyle = `
body { margin: 0; padding: 20px; background: #313338; color: #dbdee1; font: 15px/1.375 "gg sans", "Noto Sans", Helvetica, Arial, sans-serif; }
.message { display: grid; grid-template-columns: 40px 1fr; gap: 0 16px; max-width: 620px; }
.face { width: 40px; height: 40px; border-radius: 50%; background: #5865f2; color: #fff; display: grid; place-items: center; font-weight: 700; }
.name { font-weight: 500; color: #f2f3f5; } .name span { background: #5865f2; color: #fff; border-radius: 3px; font-size: 10px; padding: 1px 4px; vertical-align: 1px; }
.embed { background: #2b2d31; border-left: 4px solid; border-radius: 4px; padding: 10px 16px 16px 12px; margin-top: 4px; overflow-wrap: anywhere; }
.embed h2 { font-size: 16px; margin: 6px 0; color: #f2f3f5; } .embed h3 { font-size: 14px; margin: 10px 0 2px; color: #f2f3f5; }
.embed p { margin: 4px 0; font-size: 14px; white-space: pre-line; } .embed a { color: #00a8fc; text-decoration: none; }
.embed code { background: #1e1f22; border-radius: 3px; padding: 1px 3px; font: 12px/1.3 Consolas, Menlo, monospace; }
.embed footer { font-size: 12px; color: #b5bac1; margin-top: 10px; }
`;

/** A message with one embed, as Discord shows it in its dark theme. */
export function discordPage({ title = '', description = '', color = 0, fields = [], footer, timestamp = '' }: DiscordEmbed): string {
  const text = (markdown: string): string => marked.parseInline(markdown, { gfm: false, async: false });
  const parts = fields.map(({ name, value }) => `<h3>${text(name)}</h3><p>${text(value)}</p>`);
  const when = timestamp.slice(0, 16).replace('T', ' ');
  return page(
    'Discord',
    discordStyle,
    `<div class="message"><div class="face">D</div><div><div class="name">Driftwatch <span>APP</span></div>
<div class="embed" style="border-color: #${color.toString(16).padStart(6, '0')}"><h2>${text(title)}</h2><p>${text(description)}</p>${parts.join('')}
<footer>${escapeHtml([footer?.text, when].filter(Boolean).join(' • '))}</footer></div></div></div>`,
  );
}
