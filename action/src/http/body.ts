/**
 * The body of an answer as text, decoded while it arrives, up to a limit: what is counted is what a compressed body
 * becomes, and one that never ends is given up. A limit of 0 waits for nothing of it.
 */
export async function readText(response: Response, maxBytes: number): Promise<{ text: string; isWhole: boolean }> {
  if (!response.body) return { text: '', isWhole: true };
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  const giveUp = (): void => void reader.cancel().catch(() => undefined);
  if (maxBytes === 0) {
    giveUp();
    return { text, isWhole: false };
  }
  for (let bytes = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return { text: text + decoder.decode(), isWhole: true };
    bytes += value.length;
    if (bytes > maxBytes) {
      giveUp();
      return { text: text + decoder.decode(value.subarray(0, Math.max(0, value.length - (bytes - maxBytes)))), isWhole: false };
    }
    text += decoder.decode(value, { stream: true });
  }
}
