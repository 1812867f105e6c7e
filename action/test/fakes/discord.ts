import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createContract } from './openapi.ts';

/**
 * A Discord that takes webhook messages over real HTTP and refuses what the real one refuses: what its official
 * description does not know, and what goes beyond the limits its documentation gives for embeds.
 */
export type FakeDiscord = {
  /** A webhook URL of this server; `path` stands before `/webhooks`. */
  webhookUrl: (options?: { path?: string; id?: string; token?: string; query?: string }) => URL;
  /** Every request that arrived, in order; also those that were answered badly on purpose. */
  requests: DiscordRequest[];
  /** The messages that were accepted. */
  messages: DiscordMessage[];
  /** What was wrong with any request, or with an answer of this server; empty for a good client. */
  violations: string[];
  /** The next answers, first come first served; once there are none, every good message is accepted. */
  answers: DiscordAnswer[];
  /** Asked before a request takes effect: `false` ends the connection instead. */
  admits: (method: string) => Promise<boolean>;
  close: () => Promise<void>;
};

export type DiscordRequest = {
  method: string;
  /** As in the request line. */
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
  /** Milliseconds, monotonic: for what came how long after what. */
  at: number;
};

export type DiscordMessage = {
  content?: string;
  embeds?: DiscordEmbed[];
  allowed_mentions?: { parse?: string[] };
};

export type DiscordEmbed = {
  title?: string;
  description?: string;
  url?: string;
  color?: number;
  timestamp?: string;
  footer?: { text: string };
  author?: { name: string };
  fields?: { name: string; value: string; inline?: boolean }[];
};

export type DiscordAnswer =
  /** Close the connection without an answer. */
  | 'cut'
  /** Never answer. */
  /** Does this, and never answers. */
  | (() => void)
  /** Accept as always; for the middle of a row of bad answers. */
  | 'accept'
  /** Send exactly this; a body that is no string goes as JSON. */
  | { status: number; headers?: Record<string, string>; body?: unknown };

/** @param seconds named in the places of `where`; the real service names it in both */
export function rateLimited(seconds: number, where: 'both' | 'body' | 'header' | 'neither' = 'both'): DiscordAnswer {
  const inBody = where === 'both' || where === 'body';
  const inHeader = where === 'both' || where === 'header';
  return {
    status: 429,
    headers: inHeader ? { 'Retry-After': String(Math.ceil(seconds)) } : {},
    body: { message: 'You are being rate limited.', code: 0, global: false, ...(inBody && { retry_after: seconds }) },
  };
}

/** Limits of https://docs.discord.com/developers/resources/message#embed-object-embed-limits, in UTF-16 code units. */
export function limitProblems(message: DiscordMessage): string[] {
  const problems: string[] = [];
  let total = 0;
  const text = (what: string, value: string | undefined, longest: number) => {
    if (value === undefined) return;
    total += value.length;
    // Discord trims before it looks whether anything is there.
    if (value.trim() === '') problems.push(`${what} is empty`);
    if (value.length > longest) problems.push(`${what} has ${value.length} characters, of ${longest}`);
  };
  if (!message.content && !message.embeds?.length) problems.push('an empty message');
  if ((message.embeds?.length ?? 0) > 10) problems.push('more than 10 embeds');
  for (const embed of message.embeds ?? []) {
    text('title', embed.title, 256);
    text('description', embed.description, 4096);
    text('footer', embed.footer?.text, 2048);
    text('author', embed.author?.name, 256);
    if ((embed.fields?.length ?? 0) > 25) problems.push(`${embed.fields?.length} fields, of 25`);
    for (const field of embed.fields ?? []) {
      text('field name', field.name, 256);
      text('field value', field.value, 1024);
    }
  }
  if (total > 6000) problems.push(`${total} characters in all embeds, of 6000`);
  return problems;
}

export async function startFakeDiscord(): Promise<FakeDiscord> {
  const contract = createContract('discord-webhook.openapi.json', { authorization: 'forbidden' });
  const requests: DiscordRequest[] = [];
  const messages: DiscordMessage[] = [];
  const violations = contract.violations;
  const answers: DiscordAnswer[] = [];

  /** Whatever stands before `/webhooks` belongs to the relay, not to the description. */
  const described = (url: string): string => url.slice(Math.max(0, url.indexOf('/webhooks/')));

  function reply(request: DiscordRequest, response: ServerResponse, status: number, body?: unknown, headers = {}) {
    const problems = contract.checkResponse({ method: request.method, url: described(request.url), status, body });
    if (problems.length > 0) throw new Error(problems.join('\n'));
    const json = body === undefined ? {} : { 'Content-Type': 'application/json' };
    response.writeHead(status, { ...json, ...headers }).end(body === undefined ? undefined : JSON.stringify(body));
  }

  function accept(request: DiscordRequest, response: ServerResponse) {
    const found = contract.checkRequest({ ...request, url: described(request.url) });
    const message: DiscordMessage | undefined = found.length === 0 ? JSON.parse(request.body) : undefined;
    const beyond = message ? limitProblems(message) : [];
    violations.push(...beyond);
    const problems = [...found, ...beyond];
    if (!message || problems.length > 0) {
      reply(request, response, 400, { message: `Invalid Form Body: ${problems.join('; ')}`, code: 50035 });
      return;
    }
    messages.push(message);
    const wait = new URL(request.url, 'http://discord.invalid').searchParams.get('wait') === 'true';
    if (wait) reply(request, response, 200, acceptedMessage(message, messages.length));
    else reply(request, response, 204);
  }

  function describe(request: DiscordRequest, response: ServerResponse) {
    contract.checkRequest({ ...request, url: described(request.url) });
    const [, id = '', token = ''] = /\/webhooks\/(\d+)\/([^/?]+)/.exec(request.url) ?? [];
    const nowhere = { application_id: null, avatar: null, channel_id: '1234567890123456700', guild_id: '1234567890123456701' };
    reply(request, response, 200, { ...nowhere, id, token, type: 1, name: 'Synthetic webhook', url: `https://discord.com/api/webhooks/${id}/${token}` });
  }

  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const request: DiscordRequest = {
      method: incoming.method ?? '',
      url: incoming.url ?? '',
      headers: incoming.headers,
      body: Buffer.concat(chunks).toString(),
      at: performance.now(),
    };
    if (!(await discord.admits(request.method))) return void incoming.socket.destroy();
    requests.push(request);
    const answer = answers.shift() ?? 'accept';
    if (answer === 'accept' && request.method === 'GET') return describe(request, response);
    if (answer === 'accept') return accept(request, response);
    if (answer === 'cut') return void incoming.socket.destroy();
    if (typeof answer === 'function') return answer();
    const raw = typeof answer.body === 'string' || answer.body === undefined;
    const type = raw ? {} : { 'Content-Type': 'application/json' };
    response.writeHead(answer.status, { ...type, ...answer.headers });
    return void response.end(raw ? answer.body : JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');

  const discord: FakeDiscord = {
    admits: async () => true,
    webhookUrl: ({ path = '/api', id = '1234567890123456789', token = 'synthetic-token_Aa0', query = '' } = {}) =>
      new URL(`http://127.0.0.1:${address.port}${path}/webhooks/${id}/${token}${query}`),
    requests,
    messages,
    violations,
    answers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return discord;
}

/** As Discord describes the message it has just posted. */
function acceptedMessage(message: DiscordMessage, index: number) {
  const webhook = '1234567890123456789';
  return {
    id: String(1_300_000_000_000_000_000n + BigInt(index)),
    channel_id: '1234567890123456700',
    webhook_id: webhook,
    type: 0,
    content: message.content ?? '',
    mentions: [],
    mention_roles: [],
    mention_everyone: false,
    attachments: [],
    embeds: (message.embeds ?? []).map((embed) => ({
      ...embed,
      type: 'rich',
      fields: (embed.fields ?? []).map((field) => ({ inline: false, ...field })),
    })),
    timestamp: '2025-11-21T06:17:05.000000+00:00',
    edited_timestamp: null,
    flags: 0,
    components: [],
    pinned: false,
    tts: false,
    author: {
      id: webhook,
      username: 'Driftwatch',
      avatar: null,
      discriminator: '0000',
      public_flags: 0,
      flags: 0,
      bot: true,
      global_name: null,
      primary_guild: null,
    },
  };
}
