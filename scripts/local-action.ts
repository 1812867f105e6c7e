/** The entry for `@github/local-action`, which calls an exported `run` with its own stand-ins for the toolkit. */
export { main as run } from '../action/src/main.ts';
