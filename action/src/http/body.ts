/**
 * The body of an answer as text, decoded while it arrives, and no further than up to a limit: what is counted is what a
 * compressed body becomes, and one that never ends is given up.
 *
 * @returns `undefined` when it is longer than `maxBytes`
 */
export async function readText(response: Response, maxBytes: number): Promise<string | undefined> {
  if (!response.body) return '';
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (let bytes = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.length;
    if (bytes > maxBytes) {
      // The rest is not worth waiting for, and neither is the end of the connection.
      reader.cancel().catch(() => undefined);
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
}
