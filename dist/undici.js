import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);
import {
  require_undici
} from "./shared-undici.js";
import "./shared-helpers.js";
export default require_undici();
