import {
  createPostgrestStore,
  isPostgrest
} from "./shared-table.js";
import "./shared-column.js";
import "./shared-list.js";
import "./shared-exact-json.js";
import "./shared-source.js";
import "./shared-filter.js";
import "./shared-postgrest-js.js";
import "./shared-zod.js";
import "./shared-helpers.js";
export {
  createPostgrestStore,
  isPostgrest
};
