import {
  require_undici
} from "./shared-undici.js";
import "./shared-helpers.js";
export default require_undici();
