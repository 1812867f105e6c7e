import "./shared-row-functions.js";
import {
  describeMistakes,
  inOrder,
  placeOf,
  quoted
} from "./shared-yaml.js";
import "./shared-groups.js";
import "./shared-postgrest-js.js";
import "./shared-zod.js";
import "./shared-helpers.js";
export {
  describeMistakes,
  inOrder,
  placeOf,
  quoted
};
