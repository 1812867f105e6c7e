import { inert } from '../../privacy/inert.ts';
import type { Tracker } from './tracker.ts';

/**
 * Passes reads through and records what would have been written.
 *
 * @param tracker `undefined` if GitHub cannot be reached: then nothing seems to exist yet
 * @param wouldDo receives one entry for each write: a sentence and, below it, the full text
 */
export function dryRun(tracker: Tracker | undefined, wouldDo: string[]): Tracker {
  return {
    issues: async (state, since) => (await tracker?.issues(state, since)) ?? [],
    labels: async () => (await tracker?.labels()) ?? [],
    createLabel: async ({ name }) => {
      wouldDo.push(`Would create the label "${inert(name, 100)}".`);
    },
    createIssue: async ({ title, body, labels }) => {
      wouldDo.push(`Would open an issue titled "${title}" with the labels ${labels.map((label) => inert(label, 100)).join(', ')}:\n\n${body}`);
      return undefined;
    },
    updateIssue: async ({ issue, body, state, reason }) => {
      const verb = state === 'open' ? 'reopen' : state === 'closed' ? 'close' : 'update';
      const how = state === 'closed' ? ` as ${reason}` : '';
      wouldDo.push(`Would ${verb} issue #${issue}${how}${body === undefined ? '.' : `, with the body:\n\n${body}`}`);
      return [];
    },
    comment: async ({ issue, body }) => {
      wouldDo.push(`Would comment on issue #${issue}:\n\n${body}`);
      return [];
    },
  };
}
