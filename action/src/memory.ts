import { setFlagsFromString } from 'node:v8';

/**
 * A run reads much and keeps little. By default, V8 collects garbage so late on a large machine that the pages of a big table pile up to
 * several hundred megabytes; a small young generation, and an old generation that is collected whenever it has grown by a third, keep the
 * peak near what is in use, for the same CPU time (`bench/` measures it).
 *
 * Node's `fetch` parses HTTP with a WebAssembly module. Optimizing it would take V8 22 MB, for a few seconds of reading; only all three
 * flags together prevent that.
 *
 * Once a flag is set, V8 no longer accepts the compiled code that Node brings for its own modules. So what `fetch` consists of is loaded
 * before: that halves its cost, and saves a run 30 ms of CPU before its first request.
 */
export function boundMemory(): void {
  void globalThis.Headers;
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=30');
  for (const flag of ['--liftoff-only', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering']) setFlagsFromString(flag);
}

/**
 * Documents are decoded into many small values, and a row of a table into few. With an old generation that may double, their garbage is
 * collected less often: a run takes a sixth less CPU time, and 16 MB more.
 */
export const allowForDocuments = (): void => setFlagsFromString('--heap-growing-percent=100');
