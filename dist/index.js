import {
  describeDefect,
  main,
  setFailed
} from "./shared-zod.js";
import "./shared-helpers.js";

// action/src/index.ts
process.on("uncaughtException", (error) => {
  setFailed(describeDefect(error));
  exit();
});
await main();
exit();
function exit() {
  process.stdout.write("", () => process.exit());
}
