import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { fileSchema } from '../action/src/pair/declared/schema.ts';
import { root } from '../cli/metadata.ts';

/** The JSON schema with which editors check `.github/driftwatch.yml`: made from the very rules that the action uses. */
export const file = join(root, 'driftwatch.schema.json');
export const schema = `${JSON.stringify(z.toJSONSchema(fileSchema, { io: 'input' }), null, 2)}\n`;

if (import.meta.main) writeFileSync(file, schema);
