import { inert } from '../../privacy/inert.ts';
import type { Tracker } from './tracker.ts';

/**
 * Lets reads through and writes down what would have been written.
 *
 * @param tracker `undefined` where GitHub cannot be asked: then there seems to be nothing yet
 * @param wouldDo receives one entry a write: a sentence and, below it, the full text
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
    },
  };
}
