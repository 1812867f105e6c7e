import { json } from 'node:stream/consumers';
import { publish } from '../../src/publish.ts';
import { contextOf, hurried, settingsWith, timeOf } from './issue-setup.ts';

/** What a run does with its report, as a process that can be killed: `{ report, run, inputs, githubUrl, workspace }` on standard input. */

type Given = { report: Parameters<typeof publish>[0]; run: number; inputs: Record<string, string>; githubUrl: string; workspace: string };

const { report, run, inputs, githubUrl, workspace } = (await json(process.stdin)) as Given;
await publish(report, settingsWith(inputs), { ...contextOf(run, githubUrl), workspace }, { now: () => timeOf(run), pace: hurried });
