import { styleText } from 'node:util';

export const heading = (text: string): void => console.log(`\n${styleText(['bold', 'cyan'], `── ${text} ${'─'.repeat(Math.max(0, 96 - text.length))}`)}\n`);

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
