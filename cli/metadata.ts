import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod/mini';

export const root = join(import.meta.dirname, '..');

const metadataSchema = z.object({
  inputs: z.record(z.string(), z.object({ description: z.string(), required: z.optional(z.boolean()), default: z.optional(z.string()) })),
  outputs: z.record(z.string(), z.object({ description: z.string() })),
  runs: z.object({ using: z.string(), main: z.string() }),
});

/** The content of `action.yml`. */
export const metadata = metadataSchema.parse(parse(readFileSync(join(root, 'action.yml'), 'utf8')));

export const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
