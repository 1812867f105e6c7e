import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { knownDriftSchema } from '../action/src/known-drift/rule.ts';
import { root } from './metadata.ts';

/** What editors check a file of accepted differences with: the very rules that the action reads it by. */
export const file = join(root, 'known-drift.schema.json');
export const schema = `${JSON.stringify(z.toJSONSchema(knownDriftSchema, { io: 'input' }), null, 2)}\n`;

if (import.meta.main) writeFileSync(file, schema);
