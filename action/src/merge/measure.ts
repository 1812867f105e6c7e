import { createHash } from 'node:crypto';
import type { Settings } from '../inputs.ts';

/** Inputs that decide what is compared, how, and how it is judged. */
const inputs = [
  'mode',
  'sampleSize',
  'confidence',
  'highThreshold',
  'criticalThreshold',
  'weekAlignment',
  'settleSeconds',
  'changedWithinSeconds',
  'revealValues',
  'readBudget',
] as const satisfies readonly (keyof Settings)[];

export type Measured = {
  readonly settings: Pick<Settings, (typeof inputs)[number]>;
  readonly pair: string;
  /** The pair and the accepted differences as the file declares them, without the values of variables. */
  readonly declaration: unknown;
  /** The commit of the checkout that runs. */
  readonly commit: string;
};

/** A digest that parts of one run have in common: none of the texts can be recovered from it. */
export function measureOf({ settings, pair, declaration, commit }: Measured): string {
  const parts = [pair, declaration, commit, ...inputs.map((name) => settings[name] ?? null)];
  return createHash('sha256').update(JSON.stringify(parts, withEntries)).digest('hex');
}

const withEntries = (_key: string, value: unknown): unknown => (value instanceof Map ? [...(value as Map<unknown, unknown>)] : value);
