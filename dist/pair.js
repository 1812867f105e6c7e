import {
  createDeclaredPair
} from "./shared-row-functions.js";
import "./shared-yaml.js";
import "./shared-groups.js";
import "./shared-postgrest-js.js";
import "./shared-zod.js";
import "./shared-helpers.js";
export {
  createDeclaredPair
};
