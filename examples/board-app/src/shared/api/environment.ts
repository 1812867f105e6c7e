/** What Vite puts into the app as it is built, or else what the process was started with. Read when it is asked for, not when a module is loaded. */
export function environment(name: string): string | undefined {
  const built = (import.meta as { env?: Record<string, string | undefined> }).env;
  if (built) return built[name];
  return typeof process === 'undefined' ? undefined : process.env[name];
}
