import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import type { InputContext } from './inputs.ts';

/** The repository of an event, as far as the event describes it; the rest of the event is not used. */
const repository = z.partial(z.object({ full_name: z.string(), private: z.boolean(), visibility: z.string(), fork: z.boolean() }));
const eventSchema = z.partial(z.object({ repository, pull_request: z.partial(z.object({ head: z.partial(z.object({ repo: z.nullable(repository) })) })) }));
type Event = z.infer<typeof eventSchema>;

type Env = Readonly<Record<string, string | undefined>>;

/**
 * What the event that started the run says about who can read its output, and about whether it received secrets. The event file is
 * optional: if it is missing or unreadable, nothing is known.
 */
export function readEvent(env: Env): Pick<InputContext, 'isPrivate' | 'secretsMissing'> {
  const event = parse(env['GITHUB_EVENT_PATH'] ?? '');
  return { isPrivate: isPrivateIn(event.repository, env['GITHUB_REPOSITORY']), secretsMissing: whySecretsAreMissing(event, env['GITHUB_ACTOR']) };
}

function parse(path: string): Event {
  if (path === '') return {};
  try {
    // Used once: compiling a parser first, as zod would, takes longer than parsing.
    return eventSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')), { jitless: true }).data ?? {};
  } catch {
    return {};
  }
}

/**
 * Whether only invited people can read the repository's issues and logs. GitHub also calls an internal repository private, but everybody in
 * the enterprise can read it: that is not private here.
 *
 * @param name of the repository in which this runs; events about another one are ignored
 */
export function isPrivateIn(said: z.infer<typeof repository> | undefined, name: string | undefined): boolean | undefined {
  if (said?.full_name !== undefined && said.full_name.toLowerCase() !== name?.toLowerCase()) return undefined;
  if (said?.visibility !== undefined) return said.visibility === 'private' && said.private !== false;
  return said?.private;
}

export const repositorySchema = repository;

function whySecretsAreMissing({ repository: own, pull_request: pull }: Event, actor: string | undefined): string {
  if (actor === 'dependabot[bot]')
    return 'Dependabot started this run, and GitHub does not pass Actions secrets to such runs: start it on a schedule or by hand.';
  if (pull?.head && pull.head.repo?.full_name !== own?.full_name)
    return 'A pull request from a fork started this run, and GitHub does not pass secrets to such runs: start it on a schedule or by hand.';
  if (own?.fork === true) return 'This repository is a fork, and forks do not have the secrets of the original: set its own, or disable the workflow here.';
  return 'Secrets that are not set, or whose names are misspelled, arrive empty (Settings > Secrets and variables > Actions), and so does every secret in a run that a fork or Dependabot started.';
}
