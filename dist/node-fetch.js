import {
  __esm
} from "./shared-helpers.js";

// dropped:node-fetch
var init_node_fetch = __esm({
  "dropped:node-fetch"() {
  }
});
init_node_fetch();
