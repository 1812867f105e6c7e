import {
  describeMistakes,
  inOrder,
  placeOf,
  quoted
} from "./shared-mistakes.js";
import "./shared-inert.js";
import "./shared-helpers.js";
export {
  describeMistakes,
  inOrder,
  placeOf,
  quoted
};
