import {
  createPostgrestStore,
  isPostgrest
} from "./shared-table.js";
import "./shared-list.js";
import "./shared-exact-json.js";
import "./shared-postgrest-js.js";
import "./shared-errors.js";
import "./shared-cause.js";
import "./shared-send.js";
import "./shared-proxy.js";
import "./shared-column.js";
import "./shared-source.js";
import "./shared-json.js";
import "./shared-zod-2.js";
import "./shared-inert.js";
import "./shared-helpers.js";
export {
  createPostgrestStore,
  isPostgrest
};
