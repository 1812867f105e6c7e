import type { Finding } from '../src/report/report.ts';

/** Where a finding of the habit tracker is. */
export const childOf = ({ key }: Pick<Finding, 'key'>): string | null => key?.['child'] ?? null;
export const weekOf = ({ key }: Pick<Finding, 'key'>): string | null => key?.['week'] ?? null;
