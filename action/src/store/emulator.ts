/**
 * Where an emulator is, by the variable that the official SDKs go by: host and port as they want it, or with a scheme as people write it.
 *
 * @returns scheme, host and port; `''` where the variable holds something else
 */
export function emulatorOrigin(written: string): string {
  const [, scheme = 'http://', host = ''] = /^(https?:\/\/)?((?:[\w.-]+|\[[\da-f:]+\]):\d{1,5})\/*$/i.exec(written.trim()) ?? [];
  return URL.canParse(scheme + host) ? scheme + host : '';
}
