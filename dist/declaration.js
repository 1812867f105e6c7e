import {
  readDeclaration
} from "./shared-yaml.js";
import "./shared-postgrest-js.js";
import "./shared-zod.js";
import "./shared-helpers.js";
export {
  readDeclaration
};
