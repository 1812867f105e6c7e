import {
  __esm
} from "./shared-helpers.js";

// dropped:https-proxy-agent
var init_https_proxy_agent = __esm({
  "dropped:https-proxy-agent"() {
  }
});
init_https_proxy_agent();
