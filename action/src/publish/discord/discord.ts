import * as core from '@actions/core';
import type { Settings } from '../../inputs.ts';
import { buildMessage, type Announced, type Message } from './message.ts';
import { DiscordError, postMessage } from './webhook.ts';

/**
 * Posts one message about the report to the webhook; does nothing without a webhook. In a dry run the log says what
 * would have been posted.
 *
 * This module brings discord.js with it: import it only when there is something to send or to describe.
 *
 * @throws {DiscordError} when the message was not accepted
 */
export async function sendDiscord(announced: Announced & { settings: Pick<Settings, 'discordWebhookUrl' | 'dryRun'> }): Promise<void> {
  const { discordWebhookUrl: url, dryRun } = announced.settings;
  if (!url) return;
  if (!dryRun) return postMessage(url, messageOf(announced));
  for (const line of describeDiscord(announced)) core.info(line);
}

/** What `sendDiscord` would post, as lines that a log can show as they are. */
export function describeDiscord(announced: Announced): string[] {
  const [embed] = messageOf(announced).embeds;
  const fields = (embed.fields ?? []).flatMap(({ name, value }) => ['', name, ...value.split('\n')]);
  const colour = `#${(embed.color ?? 0).toString(16).padStart(6, '0')}`;
  const lines = [embed.title ?? '', '', ...(embed.description ?? '').split('\n'), ...fields, '', embed.footer?.text ?? ''];
  return [`Dry run: this embed would have been posted to Discord (colour ${colour}):`, ...lines.map((line) => `  | ${line}`.trimEnd())];
}

function messageOf(announced: Announced): Message {
  try {
    return buildMessage(announced);
  } catch {
    throw new DiscordError('The Discord message could not be built. This is a bug in Driftwatch; please open an issue that names its version.');
  }
}
