import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);
import {
  oneLine
} from "./shared-inert.js";

// action/src/defect.ts
var ToldError = class extends Error {
  name = "ToldError";
};
var sentenceOf = (error) => error instanceof ToldError ? oneLine(error.message) : describeDefect(error);
function describeDefect(error) {
  const stack = error instanceof Error ? error.stack ?? "" : "";
  const [, place] = /^ {4}at (?:async )?([\w.]{1,80}) /m.exec(stack) ?? [];
  const kind = error instanceof Error ? error.constructor.name : typeof error;
  return `Driftwatch failed in a way that it did not foresee (${kind}${place ? ` in ${place}` : ""}), so whether both sides agree is not known. This is a defect: please report it with this sentence and the version of the action.`;
}

export {
  ToldError,
  sentenceOf,
  describeDefect
};
