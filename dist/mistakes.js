import {
  describeMistakes,
  inOrder,
  placeOf,
  quoted
} from "./shared-mistakes.js";
import "./shared-postgrest-js.js";
import "./shared-zod.js";
import "./shared-helpers.js";
export {
  describeMistakes,
  inOrder,
  placeOf,
  quoted
};
