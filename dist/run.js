import {
  run
} from "./shared-postgrest-js.js";
import "./shared-zod.js";
import "./shared-helpers.js";
export {
  run
};
