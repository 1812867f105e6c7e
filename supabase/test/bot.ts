import { check } from '../../action/src/check.ts';
import { readSettings } from '../../action/src/inputs.ts';
import { connectHabitTracker } from '../../action/src/pair/pairs.ts';
import type { Report } from '../../action/src/report/report.ts';
import type { Project } from './server.ts';

/** What the bot makes of a project, comparing every week. */
export async function askBot(project: Pick<Project, 'apiUrl' | 'serviceKey'>, inputs: Record<string, string> = {}): Promise<Report> {
  const values: Record<string, string> = {
    'supabase-url': project.apiUrl,
    'supabase-key': project.serviceKey,
    mode: 'full',
    'settle-seconds': '0',
    'reveal-values': 'true',
    ...inputs,
  };
  const settings = readSettings((name) => values[name] ?? '', { runName: 'test-1' });
  return check({ settings, connection: await connectHabitTracker(settings), now: () => new Date() });
}
