import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { marked, type Token, type Tokens } from 'marked';
import { parse } from 'yaml';
import { root } from '../cli/metadata.ts';

/** One Markdown file of the repository. */
export type Page = {
  /** Relative to the repository. */
  path: string;
  text: string;
  /** Every token in reading order, including nested ones. */
  tokens: Token[];
};

const isForeign = (path: string): boolean => /(^|\/)(node_modules|\.next)(\/|$)|^(drift-report|\.git|dist)(\/|$)/.test(path);

/** Every page, ordered by path. */
export const pages: readonly Page[] = globSync(['**/*.md', '.github/**/*.md'], { cwd: root, exclude: isForeign })
  .filter((path) => !isForeign(path))
  .sort()
  .map((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    return { path, text, tokens: flat(marked.lexer(text)) };
  });

function flat(top: Token[]): Token[] {
  const tokens: Token[] = [];
  marked.walkTokens(top, (token) => {
    tokens.push(token);
  });
  return tokens;
}

export const isFence = (token: Token): token is Tokens.Code => token.type === 'code';
export const isCodeSpan = (token: Token): token is Tokens.Codespan => token.type === 'codespan';
export const isQuote = (token: Token): token is Tokens.Blockquote => token.type === 'blockquote';

/** The anchors that GitHub generates for the headings. */
export function anchors({ tokens }: Page): Set<string> {
  const seen = new Map<string, number>();
  const found = new Set<string>();
  for (const token of tokens) {
    if (token.type !== 'heading') continue;
    const slug = plain((token as Tokens.Heading).tokens)
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{M}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-');
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    found.add(before === 0 ? slug : `${slug}-${before}`);
  }
  return found;
}

const plain = (tokens: Token[]): string =>
  tokens.map((token) => ('tokens' in token && token.tokens ? plain(token.tokens) : 'text' in token ? String(token.text) : '')).join('');

/**
 * The workflow that a YAML fence shows, as a whole file. A list of steps, or the head of a workflow, is completed with what it leaves out.
 *
 * @returns `undefined` for a fence that shows no workflow
 */
export function workflowIn({ lang, text }: Tokens.Code): string | undefined {
  if (lang !== 'yaml') return undefined;
  const shown: unknown = parse(text);
  if (Array.isArray(shown)) {
    const steps = text.replaceAll(/^/gm, '      ');
    return `on: workflow_dispatch\npermissions: {}\njobs:\n  job:\n    runs-on: ubuntu-latest\n    timeout-minutes: 5\n    steps:\n${steps}\n`;
  }
  if (typeof shown !== 'object' || shown === null) return undefined;
  if ('jobs' in shown) return text;
  const isHead = Object.keys(shown).every((key) => ['name', 'on', 'permissions', 'concurrency'].includes(key));
  if (!isHead) return undefined;
  const rest = ['on' in shown ? '' : 'on: workflow_dispatch\n', 'permissions' in shown ? '' : 'permissions: {}\n'].join('');
  return `${text}\n${rest}jobs:\n  job:\n    runs-on: ubuntu-latest\n    timeout-minutes: 5\n    steps:\n      - run: 'true'\n`;
}
